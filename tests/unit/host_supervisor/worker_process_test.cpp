// The keeper with the real thing: `qry-host worker` and the SQLite plugin.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace fake;
using qry::status;

namespace {

constexpr const char* endless =
    "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r";
constexpr const char* many =
    "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r limit 9000000";

struct real {
    explicit real(qry::supervisor::settings how = {}) : workers(loops, with_program(how)) {
        plugin.about.name = "sqlite";
        plugin.folder = SQLITE_FOLDER;
        plugin.library = plugin.folder / "libqry_sqlite.so";
        driver = workers.driver(plugin, {});
    }
    ~real() {
        driver.reset();
        workers.stop(std::chrono::milliseconds(5000));
        loops.stop();
    }
    static qry::supervisor::settings with_program(qry::supervisor::settings how) {
        how.program = QRY_HOST;
        return how;
    }
    held_session session() {
        inbox<session_ptr> box;
        qry::backend::connect_arguments what;
        what.params = std::make_shared<const std::map<std::string, std::string>>(
            std::map<std::string, std::string>{{"path", ":memory:"}, {"mode", "rwc"}}
        );
        what.loop = 0;
        under_way = driver->connect(within(30'000), std::move(what), box.completion());
        auto made = box.take();
        if (!made) throw std::runtime_error(made.error().message);
        return held_session(std::move(*made));
    }
    qry::supervisor::worker_report report() {
        const auto all = workers.figures(std::chrono::seconds(5));
        if (all.at(0).workers.empty()) return {};
        return all[0].workers.back();
    }

    qry::base::loop_group loops{2};
    qry::supervisor::supervisor workers;
    qry::registry::plugin plugin;
    std::shared_ptr<qry::backend::driver> driver;
    qry::operation_ptr under_way;
};

void read_all(held_session& session, const char* sql) {
    REQUIRE(session.execute(sql).take());
    for (;;) {
        auto batch = session.next().take();
        REQUIRE(batch);
        if (!batch->rows) break;
    }
    REQUIRE(session.reset().take());
}

}  // namespace

TEST_CASE("a query runs in another process, which inherits nothing it should not") {
    setenv("JWT_SECRET_KEY", "hunter2-hunter2", 1);
    {
        real r;
        auto session = r.session();
        read_all(session, "select 1");
        const int process = r.report().process;
        REQUIRE(process > 0);
        CHECK(process != getpid());
        const std::string folder = "/proc/" + std::to_string(process);
        std::ifstream file(folder + "/environ", std::ios::binary);
        std::stringstream environment;
        environment << file.rdbuf();
        CHECK(environment.str().find("hunter2") == std::string::npos);
    }
    unsetenv("JWT_SECRET_KEY");
}

TEST_CASE("a worker killed in any state takes its own verbs along and nothing else") {
    real r;
    auto session = std::make_unique<held_session>(r.session());
    const auto check_next = [&] {
        const std::int64_t before = qry::base::now_ns();
        session = std::make_unique<held_session>(r.session());
        read_all(*session, "select 1");
        std::printf(
            "new worker's first query after %.1f ms\n",
            static_cast<double>(qry::base::now_ns() - before) / 1e6
        );
        CHECK(session->alive());
    };
    const std::string killed = "plugin 'sqlite' crashed (signal 9, SIGKILL) while executing ";

    SECTION("idle") {
        kill(r.report().process, SIGKILL);
        check_next();
    }
    SECTION("executing") {
        auto head = session->execute(endless);
        kill(r.report().process, SIGKILL);
        CHECK(head.take().error().message == killed + "query q1");
        CHECK_FALSE(session->alive());
        check_next();
    }
    SECTION("fetching") {
        REQUIRE(session->execute(many).take());
        kill(r.report().process, SIGKILL);
        for (;;) {
            auto batch = session->next().take();
            if (batch) {
                REQUIRE(batch->rows);
                continue;
            }
            CHECK(batch.error().message == killed + "query q1");
            break;
        }
        check_next();
    }
    SECTION("twenty times in a row") {
        for (int i = 0; i < 20; ++i) {
            kill(r.report().process, SIGKILL);
            check_next();
        }
    }
}

TEST_CASE("a worker that is frozen past the deadline is killed, and a new one serves") {
    real r;
    auto session = r.session();
    const int process = r.report().process;
    auto head = session.execute(endless, 500);
    kill(process, SIGSTOP);
    const std::int64_t before = qry::base::now_ns();
    const auto got = head.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::plugin_crashed);
    CHECK(head.at_ns() - before < 15'000 * ms);
    auto next = r.session();
    read_all(next, "select 1");
    CHECK(r.report().process != process);
}

TEST_CASE("a statement is cancelled in the worker, and its session serves on") {
    real r;
    auto session = r.session();
    auto head = session.execute(endless);
    session.cancel();
    const auto got = head.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::query_cancelled);
    CHECK(session.reset().take());
    read_all(session, "select 1");
}

TEST_CASE("workers are gone when their keeper is, and leave no zombie") {
    int process = 0;
    {
        real r;
        auto session = r.session();
        process = r.report().process;
    }
    REQUIRE(process > 0);
    CHECK(kill(process, 0) != 0);
    CHECK(errno == ESRCH);
}

TEST_CASE("a worker over its cap of descriptors is killed, naming cap and value") {
    real r({.descriptors = 3});
    auto session = r.session();
    auto head = session.execute(endless);
    const auto got = head.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::resource_limit);
    CHECK(got.error().message.find("open descriptors, over the cap of 3") != std::string::npos);
}
