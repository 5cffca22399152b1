#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "live.hpp"

using namespace qry;
using namespace qry::test;
using namespace std::chrono_literals;

TEST_CASE("a backend that is terminated mid-query fails the query and shows as dead") {
    auto s = connect();
    const std::string pid = cell(*s, "select pg_backend_pid()");
    std::thread killer([&] {
        throwaway_server::shared().sql(
            "select pg_terminate_backend(" + pid + ") from pg_sleep(0.1)"
        );
    });
    auto t = s->query("select pg_sleep(60)");
    killer.join();
    REQUIRE_FALSE(t);
    CHECK(t.error().kind == status::connection_failed);
    CHECK(t.error().retryable);
    CHECK(t.error().sqlstate == "57P01");
    CHECK_FALSE(s->alive());
    CHECK_FALSE(s->reset());
    must(s->close());
    check_rules(*s);
}

TEST_CASE("a backend that dies while it sends rows is a lost connection, never the end") {
    auto s = connect();
    const std::string pid = cell(*s, "select pg_backend_pid()");
    REQUIRE(s->execute("select i, repeat('x', 1000) from (select generate_series(1, 100000000) i) t"
    ));
    throwaway_server::shared().sql("select pg_terminate_backend(" + pid + ")");
    result<unique_array> batch = s->next();
    while (batch && *batch)
        batch = s->next();
    REQUIRE_FALSE(batch);
    CHECK(batch.error().kind == status::connection_failed);
    CHECK_FALSE(s->alive());
}

TEST_CASE("an idle session that the server ended is known to be dead before it is used") {
    auto s = connect();
    CHECK(s->alive());
    const std::string pid = cell(*s, "select pg_backend_pid()");
    CHECK(s->alive());
    throwaway_server::shared().sql("select pg_terminate_backend(" + pid + ", 5000)");
    CHECK_FALSE(s->alive());
    auto t = s->query("select 1");
    REQUIRE_FALSE(t);
    CHECK(t.error().kind == status::connection_failed);
    CHECK(t.error().sqlstate == "57P01");
}

TEST_CASE("a frozen backend does not hold close beyond its deadline") {
    auto s = connect();
    const pid_t pid = std::stoi(cell(*s, "select pg_backend_pid()"));
    ::kill(pid, SIGSTOP);
    auto t = s->query("select 1", {.patience = 200ms, .cancel_after = 10ms});
    CHECK_FALSE(t);
    ::kill(pid, SIGCONT);
}

TEST_CASE("many sessions at once use no thread each") {
    std::vector<session_ptr> all;
    for (int i = 0; i < 20; ++i)
        all.push_back(connect());
    for (auto& s : all)
        CHECK(cell(*s, "select 1") == "1");
}
