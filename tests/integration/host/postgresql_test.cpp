// The façade on a real PostgreSQL: what a query leaves behind, at the server and for the next one.
#include <cstdlib>
#include <random>
#include <thread>

#include "host_fixture.hpp"
#include "postgres_server.hpp"

namespace qry::test {
namespace {

postgres_server& server() {
    static const std::unique_ptr<postgres_server> started = postgres_server::start();
    return *started;
}

datasource_ptr make(host& in, int pool, std::optional<duration> timeout = {}) {
    datasource_spec spec;
    spec.name = "pg";
    spec.driver = "postgresql";
    spec.params = {
        {"host", "127.0.0.1"},
        {"port", std::to_string(server().port())},
        {"user", "postgres"},
        {"dbname", "postgres"}};
    spec.pool_max_size = pool;
    spec.timeout = timeout;
    auto made = create(in, std::move(spec));
    REQUIRE(made);
    return *made;
}

int cancels() {
    const char* count = std::getenv("QRY_TEST_CANCELS");
    return count != nullptr ? std::atoi(count) : 1000;
}

// What others' sessions run on the server now, counted on a session of its own.
std::string busy(datasource& observer) {
    auto counted =
        run(observer,
            sql("select count(*) from pg_stat_activity where state <> 'idle' and "
                "pid <> pg_backend_pid() and backend_type = 'client backend'"));
    REQUIRE(counted);
    return (*counted)[0][0];
}

TEST_CASE("random cancels lose nothing and never hit the next query") {
    const int pool = GENERATE(1, 3);
    auto host = open_host();
    auto source = make(*host, pool);
    std::mt19937 random(static_cast<unsigned>(pool));
    int cancelled = 0;
    for (int i = 0; i < cancels(); ++i) {
        auto promise = std::make_shared<std::promise<result<result_ptr>>>();
        auto outcome = promise->get_future();
        auto running =
            source->execute(sql("select pg_sleep(0.004)"), [promise](result<result_ptr> r) {
                promise->set_value(std::move(r));
            });
        // Anywhere between before the start and after the end.
        outcome.wait_for(std::chrono::microseconds(random() % 8000));
        running->cancel();
        auto ended = outcome.get();
        if (!ended) {
            REQUIRE(ended.error().kind == status::query_cancelled);
            ++cancelled;
        }
        auto next = run(*source, sql("select " + std::to_string(i)));
        if (!next) FAIL(next.error().message);
        REQUIRE(*next == rows{{std::to_string(i)}});
    }
    // The last cancelled sessions are still being proven idle: they come back while others work.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (source->pool().in_use != 0 && std::chrono::steady_clock::now() < patience) {
        REQUIRE(run(*source, sql("select 1")));
    }
    const auto stats = source->pool();
    CHECK(stats.in_use == 0);
    CHECK(stats.waiting == 0);
    CHECK(stats.size <= pool);
    WARN("pool of " << pool << ": " << cancelled << " of " << cancels() << " were cancelled");
}

TEST_CASE("a query over its limit fails on time, and its server is idle at once") {
    auto host = open_host();
    auto source = make(*host, 1, std::chrono::milliseconds(300));
    auto observer_host = open_host();
    auto observer = make(*observer_host, 1);
    query warm_up = sql("select 1");
    warm_up.timeout = std::chrono::seconds(30);
    REQUIRE(run(*source, std::move(warm_up)));
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = run(*source, sql("select pg_sleep(60)"));
    const auto took = std::chrono::steady_clock::now() - begin;
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::query_timeout);
    CHECK(outcome.error().limit->source == "datasource 'pg'");
    CHECK(took >= std::chrono::milliseconds(300));
    // The cancel is on its way; it arrives long before the sleep would end.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    std::string left = busy(*observer);
    while (left != "0" && std::chrono::steady_clock::now() < patience)
        left = busy(*observer);
    CHECK(left == "0");
}

TEST_CASE("a half-read result is stopped at the server and harms nobody after it") {
    auto host = open_host();
    auto source = make(*host, 1);
    {
        auto opened =
            execute(*source, sql("select generate_series(1, 100000000), repeat('x', 100)"));
        REQUIRE(opened);
        auto first = wait<unique_array>([&](auto done) { (*opened)->next(std::move(done)); });
        REQUIRE(first);
        CHECK((*first)->length > 0);
    }
    auto next = run(*source, sql("select 'next'"));
    REQUIRE(next);
    CHECK(*next == rows{{"next"}});
}

TEST_CASE("nothing of a session reaches the next query on it") {
    auto host = open_host();
    auto source = make(*host, 1);
    auto observer_host = open_host();
    auto observer = make(*observer_host, 1);
    REQUIRE(run(*source, sql("begin")));
    auto open =
        run(*observer,
            sql("select count(*) from pg_stat_activity where state like 'idle in transaction%'"));
    REQUIRE(open);
    CHECK(*open == rows{{"0"}});
    REQUIRE(run(*source, sql("set work_mem = '77MB'")));
    REQUIRE(run(*source, sql("create temp table leftover (id int)")));
    REQUIRE(run(*source, sql("select pg_advisory_lock(42)")));
    auto after =
        run(*source,
            sql("select current_setting('work_mem') <> '77MB', to_regclass('leftover') is null, "
                "(select count(*) from pg_locks where locktype = 'advisory')"));
    REQUIRE(after);
    CHECK(*after == rows{{"true", "true", "0"}});
}

TEST_CASE("a session that died while idle is replaced without a word") {
    auto host = open_host();
    auto source = make(*host, 1);
    auto observer_host = open_host();
    auto observer = make(*observer_host, 1);
    auto pid = run(*source, sql("select pg_backend_pid()"));
    REQUIRE(pid);
    const std::string victim = (*pid)[0][0];
    REQUIRE(run(*observer, sql("select pg_terminate_backend(" + victim + ", 5000)")));
    auto again = run(*source, sql("select pg_backend_pid()"));
    REQUIRE(again);
    CHECK((*again)[0][0] != victim);
}

TEST_CASE("a session that is killed in the middle of a query says so, and the next query works") {
    auto host = open_host();
    auto source = make(*host, 1);
    auto observer_host = open_host();
    auto observer = make(*observer_host, 1);
    auto promise = std::make_shared<std::promise<result<result_ptr>>>();
    auto outcome = promise->get_future();
    (void)source->execute(sql("select pg_sleep(60)"), [promise](result<result_ptr> r) {
        promise->set_value(std::move(r));
    });
    std::string killed = "0";
    while (killed == "0") {
        auto counted = run(
            *observer,
            sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where query like "
                "'select pg_sleep(60)%' and state = 'active'")
        );
        REQUIRE(counted);
        killed = (*counted)[0][0];
    }
    auto ended = outcome.get();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().kind == status::connection_failed);
    CHECK(ended.error().datasource == "pg");
    CHECK(run(*source, sql("select 1")));
}

}  // namespace
}  // namespace qry::test
