#include "test_registry.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <fstream>

using namespace qry;
using namespace qry::test;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& path) {
    struct stat about {};
    REQUIRE(stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777u;
}

// Runs `work` in a child without root's rights, which would pass any permission check.
template <class Work>
int as_plain_user(Work&& work) {
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(99);
        _exit(work());
    }
    int state = 0;
    REQUIRE(waitpid(child, &state, 0) == child);
    REQUIRE(WIFEXITED(state));
    return WEXITSTATUS(state);
}

// The kind of the error, as an exit status; 0 = it opened.
int try_open(const std::string& path) {
    const auto db = store::store::open(path);
    if (db) return 0;
    const error& e = db.error();
    const bool complete = e.message.find(path) != std::string::npos && !e.hint.empty();
    return complete ? static_cast<int>(e.kind) : 98;
}

}  // namespace

TEST_CASE("a new registry is for its owner only, and so are the folders made for it") {
    const temporary_folder folder;
    const fs::path file = folder.path() / "one" / "two" / "qry.db";
    const auto db = get(store::store::open(file.string()));
    get(db->create(sales(), {}, "admin"));
    CHECK(mode_of(folder.path() / "one") == 0700);
    CHECK(mode_of(folder.path() / "one/two") == 0700);
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(file.string() + "-wal") == 0600);
    CHECK(db->location() == file.string());
}

TEST_CASE("a registry in memory works and is gone with its store") {
    {
        const auto db = get(store::store::open(":memory:"));
        get(db->create(sales(), {}, "admin"));
        CHECK(get(db->list()).size() == 1);
    }
    CHECK(get(get(store::store::open(":memory:"))->list()).empty());
    CHECK_FALSE(fs::exists(":memory:"));
}

TEST_CASE("commits are durable: WAL with synchronous FULL") {
    const test_registry where("sqlite");
    where.open();
    const auto db = get(store::connect_sqlite(where.location(), std::chrono::seconds(1)));
    const auto mode = get(db->run("PRAGMA journal_mode", {}));
    CHECK(std::get<std::string>(mode.rows[0][0]) == "wal");
    const auto synchronous = get(db->run("PRAGMA synchronous", {}));
    CHECK(std::get<std::int64_t>(synchronous.rows[0][0]) == 2);
    const auto keys = get(db->run("PRAGMA foreign_keys", {}));
    CHECK(std::get<std::int64_t>(keys.rows[0][0]) == 1);
}

TEST_CASE("a file that is no database is refused and not changed") {
    const temporary_folder folder;
    const fs::path file = folder.path() / "qry.db";
    const std::string text(5'000, 'x');
    std::ofstream(file) << text;
    const error e = failed(store::store::open(file.string()));
    CHECK(e.kind == status::connection_failed);
    CHECK(e.message.find(file.string()) != std::string::npos);
    CHECK(e.message.find("damaged or no SQLite database") != std::string::npos);
    CHECK(e.hint.find("backup") != std::string::npos);
    std::string now;
    std::getline(std::ifstream(file), now);
    CHECK(now == text);
}

TEST_CASE("a damaged registry is an error, not a crash, wherever the damage is") {
    const temporary_folder folder;
    const fs::path file = folder.path() / "qry.db";
    get(get(store::store::open(file.string()))->create(sales(), {{"password", "t"}}, "admin"));
    const auto size = static_cast<std::streamoff>(fs::file_size(file));
    const std::streamoff page = GENERATE(range(0, 12)) * 4096;
    REQUIRE(page < size);
    {
        std::fstream raw(file, std::ios::in | std::ios::out | std::ios::binary);
        raw.seekp(page);
        raw << std::string(2048, '\xee');
    }
    const auto db = store::store::open(file.string());
    if (!db) {
        CHECK(db.error().kind == status::connection_failed);
        CHECK(db.error().message.find(file.string()) != std::string::npos);
        return;
    }
    const auto rows = (*db)->list();
    if (!rows) CHECK(rows.error().kind == status::connection_failed);
    const auto wrong = (*db)->check();
    // A page that is free, or full of indexes, need not be read; but the check finds it.
    CHECK((!rows || !wrong || !wrong->empty()));
}

TEST_CASE("a healthy registry has nothing to complain about") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    CHECK(get(where.open()->check()).empty());
}

TEST_CASE("somebody else's SQLite database is refused and not changed") {
    const temporary_folder folder;
    const std::string file = (folder.path() / "shop.db").string();
    {
        const auto db = get(store::connect_sqlite(file, std::chrono::seconds(1)));
        get(db->script("CREATE TABLE orders (id INTEGER)"));
    }
    const error e = failed(store::store::open(file));
    CHECK(e.kind == status::invalid_parameter);
    CHECK(e.message == "'" + file + "' is an SQLite database, but not a QRY registry");
}

TEST_CASE("a folder in place of the file, or a file in place of a folder, is refused") {
    const temporary_folder folder;
    const error e = failed(store::store::open(folder.path().string()));
    CHECK(e.kind == status::connection_failed);
    CHECK(e.message.find("it is a folder") != std::string::npos);
    std::ofstream(folder.path() / "plain") << "x";
    const std::string below = (folder.path() / "plain" / "qry.db").string();
    CHECK(failed(store::store::open(below)).message.find("Not a directory") != std::string::npos);
}

TEST_CASE("locations that are none are refused") {
    CHECK(failed(store::store::open("")).parameter == "registry");
    const error e = failed(store::store::open("mysql://ann:hunter2@db/x"));
    CHECK(e.kind == status::invalid_parameter);
    CHECK(e.message.find("hunter2") == std::string::npos);
}

TEST_CASE("without the right to write, the error says which file and what to do") {
    const temporary_folder folder;
    fs::permissions(folder.path(), fs::perms(0755));
    const fs::path file = folder.path() / "qry.db";
    const auto denied = static_cast<int>(status::permission_denied);
    fs::permissions(folder.path(), fs::perms(0555));
    SECTION("a new file in a read-only folder") {
        CHECK(as_plain_user([&] { return try_open(file.string()); }) == denied);
    }
    SECTION("a new folder in a read-only folder") {
        const std::string deeper = (folder.path() / "new" / "qry.db").string();
        CHECK(as_plain_user([&] { return try_open(deeper); }) == denied);
    }
    SECTION("a file that may only be read") {
        fs::permissions(folder.path(), fs::perms(0777));
        get(get(store::store::open(file.string()))->create(sales(), {}, "admin"));
        fs::permissions(file, fs::perms(0444));
        CHECK(as_plain_user([&] { return try_open(file.string()); }) == denied);
    }
    SECTION("a writable file whose folder is not") {
        fs::permissions(folder.path(), fs::perms(0755));
        get(get(store::store::open(file.string()))->create(sales(), {}, "admin"));
        fs::permissions(file, fs::perms(0666));
        fs::permissions(folder.path(), fs::perms(0555));
        CHECK(as_plain_user([&] { return try_open(file.string()); }) == denied);
    }
    fs::permissions(folder.path(), fs::perms(0755));
}

TEST_CASE("when the disk is full the change is refused, nothing is half written, and it recovers") {
    const test_registry where("sqlite");
    const auto id = get(where.open()->create(sales(), {}, "admin")).id;
    const store::snapshot_row small{{id, 1, "", store::time_point()}, "small"};
    const store::snapshot_row large{{id, 2, "", store::time_point()}, std::string(4 << 20, 'x')};
    get(where.open()->save_snapshot(small));
    // The limit of a process on the size of its files stands in for a full disk.
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const auto db = store::store::open(where.location());
        const rlimit limit{1 << 20, 1 << 20};
        if (!db || setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(99);
        const auto saved = (*db)->save_snapshot(large);
        if (saved) _exit(1);
        const auto read = (*db)->load_snapshot(id);
        if (!read || !*read || (*read)->bytes != "small") _exit(2);
        _exit(saved.error().message.find(where.location()) == std::string::npos ? 3 : 0);
    }
    int state = 0;
    REQUIRE(waitpid(child, &state, 0) == child);
    REQUIRE(WIFEXITED(state));
    CHECK(WEXITSTATUS(state) == 0);
    const auto db = where.open();
    CHECK(get(db->load_snapshot(id))->bytes == "small");
    CHECK(get(db->check()).empty());
    CHECK(get(db->save_snapshot(large)));
}

TEST_CASE("a writer that does not finish is an error in time, not a wait for ever") {
    const test_registry where("sqlite");
    const auto db = where.open({.patience = std::chrono::milliseconds(50)});
    const auto other = get(store::connect_sqlite(where.location(), std::chrono::seconds(1)));
    get(other->begin(store::access::write));
    const error e = failed(db->create(sales(), {}, "admin"));
    CHECK(e.kind == status::resource_limit);
    CHECK(e.retryable);
    CHECK(e.message.find("another process is writing to it") != std::string::npos);
    CHECK(get(db->list()).empty());
    other->rollback();
    get(db->create(sales(), {}, "admin"));
}

TEST_CASE("a connection string of libpq is no file's name, and is refused without quoting it") {
    const temporary_folder folder;
    const std::string text = GENERATE(
        as<std::string>{},
        "host=db password=hunter2",
        "password = hunter2",
        "  dbname=qry\tpassword='hunter2'",
        "application_name=x password=hunter2"
    );
    CAPTURE(text);
    const fs::path before = fs::current_path();
    fs::current_path(folder.path());
    const auto db = store::store::open(text);
    fs::current_path(before);
    REQUIRE_FALSE(db);
    CHECK(db.error().kind == status::invalid_parameter);
    CHECK(db.error().parameter == "registry");
    CHECK(db.error().hint.find("postgresql://") != std::string::npos);
    CHECK((db.error().message + db.error().hint).find("hunter2") == std::string::npos);
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a file whose path only resembles a connection string is a registry") {
    const temporary_folder folder;
    const fs::path file = folder.path() / "host=db" / "my dbname" / "qry.db";
    CHECK(get(store::store::open(file.string()))->location() == file.string());
}
