#include "test_registry.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace qry;
using namespace qry::test;

namespace {

// Each thread gets its own store and its number; the errors come back.
template <class Work>
std::vector<std::string> in_threads(const test_registry& where, int count, Work work) {
    std::vector<std::string> errors(static_cast<std::size_t>(count));
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            auto db = store::store::open(where.location());
            errors[static_cast<std::size_t>(i)] = db ? work(**db, i) : db.error().message;
        });
    }
    for (auto& thread : threads)
        thread.join();
    return errors;
}

}  // namespace

TEST_CASE("four writers with a store each lose nothing") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    where.open();
    constexpr int each = 25;
    const auto errors = in_threads(where, 4, [](store::store& db, int thread) -> std::string {
        for (int i = 0; i < each; ++i) {
            const auto name = "t" + std::to_string(thread) + "-" + std::to_string(i);
            const auto made = db.create(sales(name), {{"password", "token"}}, "admin");
            if (!made) return made.error().message;
        }
        return "";
    });
    for (const auto& text : errors)
        CHECK(text.empty());
    const auto db = where.open();
    CHECK(get(db->list()).size() == 4 * each);
    CHECK(get(db->all_tokens()).size() == 4 * each);
    CHECK(get(db->audit()).size() == 4 * each);
}

TEST_CASE("of concurrent edits from the same version exactly one wins, and none is lost") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    auto first = sales();
    first.pool_max_size = 0;
    get(where.open()->create(first, {}, "admin"));
    constexpr int each = 15;
    std::atomic<int> conflicts = 0;
    const auto errors = in_threads(where, 4, [&](store::store& db, int) -> std::string {
        for (int done = 0; done < each;) {
            auto row = db.get("sales");
            if (!row) return row.error().message;
            // Counts the edits that took place: a lost one would be missing in the end.
            ++row->pool_max_size;
            const auto edited = db.update(*row, row->version, {}, "admin");
            if (edited) {
                ++done;
            } else if (edited.error().kind == status::conflict) {
                ++conflicts;
            } else {
                return edited.error().message;
            }
        }
        return "";
    });
    for (const auto& text : errors)
        CHECK(text.empty());
    const auto db = where.open();
    const auto row = get(db->get("sales"));
    CHECK(row.pool_max_size == 4 * each);
    CHECK(row.version == 1 + 4 * each);
    CHECK(get(db->audit()).size() == 1 + 4 * each);
}

TEST_CASE("of many that create the same name one succeeds and the others hear why") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    where.open();
    const auto errors = in_threads(where, 4, [](store::store& db, int) -> std::string {
        const auto made = db.create(sales(), {{"password", "token"}}, "admin");
        return made ? "" : made.error().message;
    });
    int made = 0;
    for (const auto& text : errors) {
        if (text.empty()) {
            ++made;
        } else {
            CHECK(text == "there is a datasource 'sales' already");
        }
    }
    CHECK(made == 1);
    CHECK(get(where.open()->all_tokens()).size() == 1);
}

TEST_CASE("of many that claim the same work one gets it") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto id = get(where.open()->create(sales(), {}, "admin")).id;
    std::atomic<int> claimed = 0;
    const auto errors = in_threads(where, 4, [&](store::store& db, int thread) -> std::string {
        const auto owner = std::to_string(thread);
        const auto mine = db.try_claim(id, "schema", owner, std::chrono::minutes(1));
        if (!mine) return mine.error().message;
        if (*mine) ++claimed;
        return "";
    });
    for (const auto& text : errors)
        CHECK(text.empty());
    CHECK(claimed == 1);
}

TEST_CASE("a writer that is killed loses nothing it was told is stored") {
    const test_registry where("sqlite");
    where.open();
    const temporary_folder folder;
    const std::string log = (folder.path() / "acknowledged").string();
    for (int round = 0; round < 10; ++round) {
        const pid_t child = fork();
        if (child == 0) {
            auto db = store::store::open(where.location());
            if (!db) _exit(1);
            std::ofstream acknowledged(log, std::ios::app);
            for (int i = 0;; ++i) {
                const auto name = std::to_string(round) + "-" + std::to_string(i);
                if (!(*db)->create(sales(name), {{"password", "token"}}, "admin")) _exit(2);
                acknowledged << name << std::endl;
            }
        }
        // The kill falls wherever the writer is after so many bytes of its log.
        const auto enough = static_cast<std::uintmax_t>(20 * (round + 1));
        std::error_code none;
        int state = 0;
        while (std::filesystem::file_size(log, none) < enough || none) {
            REQUIRE(waitpid(child, &state, WNOHANG) == 0);
            std::this_thread::yield();
        }
        kill(child, SIGKILL);
        REQUIRE(waitpid(child, &state, 0) == child);
        REQUIRE(WIFSIGNALED(state));
    }
    const auto db = where.open();
    CHECK(get(db->check()).empty());
    std::ifstream lines(log);
    std::size_t acknowledged = 0;
    for (std::string name; std::getline(lines, name); ++acknowledged)
        CHECK(get(db->get(name)).secret_names.size() == 1);
    CHECK(acknowledged >= 10);
    // Each row is whole: its secret and its audit entry are there.
    const std::size_t rows = get(db->list()).size();
    CHECK(rows >= acknowledged);
    CHECK(get(db->all_tokens()).size() == rows);
    CHECK(get(db->audit()).size() == rows);
}
