// Everybody at once: a server that restarts under a full pool, and one that takes no more
// connections. No query that was not under way at that moment may fail for it, and the server is
// not knocked down by those who come back.
#include <thread>
#include <vector>

#include "fault_proxy.hpp"
#include "server.hpp"
#include "sources.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

// So many queries under way at once; those that failed, by what they said.
void all_at_once(datasource& on, int count, const std::string& text, tally& outcomes) {
    std::vector<std::jthread> callers;
    for (int i = 0; i < count; ++i) {
        callers.emplace_back([&] {
            const auto outcome = run(on, sql_within(text, 30s));
            if (outcome) {
                outcomes.tried();
            } else {
                outcomes.failed(say(outcome));
            }
        });
    }
}

}  // namespace

TEST_CASE("a pool of a hundred idle sessions survives an immediate restart of its server") {
    constexpr int sessions = 100;
    const auto own = postgres_server::start("max_connections = 150");
    fault_proxy proxy(own->port());
    const auto in = open_isolated(isolation_under_test());
    const auto source = make_source(*in, postgresql_spec("herd", proxy.port()), sessions);
    // Each holds its session long enough for the others to want one of their own.
    tally filled;
    all_at_once(*source, sessions, "select pg_sleep(1)", filled);
    INFO(filled.examples());
    REQUIRE(filled.failures() == 0);
    const pool_stats before = source->pool();
    CHECK(before.idle >= sessions / 2);

    own->restart();
    const std::uint64_t connected = proxy.counts().connections;
    const auto begin = clock_type::now();
    tally after;
    all_at_once(*source, 3 * sessions, "select 1", after);
    const milliseconds took = clock_type::now() - begin;
    INFO(after.examples());
    CHECK(after.failures() == 0);
    // As many as the pool may hold, and some that came while the server was not there yet.
    const std::uint64_t again = proxy.counts().connections - connected;
    CHECK(again <= 2 * sessions);
    CHECK(source->pool().in_use == 0);
    print_figure(
        "row 22, restart",
        "idle sessions " + std::to_string(before.idle) + "; failed " +
            std::to_string(after.failures()) + " of " + std::to_string(after.count()) +
            " queries after it; " + std::to_string(again) + " connects in " +
            std::to_string(static_cast<int>(took.count())) + " ms"
    );
}

TEST_CASE("a server that takes no more connections serves all callers by those that it has") {
    const auto own = postgres_server::start("max_connections = 12");
    const auto in = open_isolated(isolation_under_test());
    const auto source = make_source(*in, postgresql_spec("full", own->port()), 60);
    REQUIRE(run(*source, sql("select 1")));
    tally outcomes;
    all_at_once(*source, 120, "select pg_sleep(0.02)", outcomes);
    INFO(outcomes.examples());
    CHECK(outcomes.failures() == 0);
    const pool_stats pool = source->pool();
    CHECK(pool.size <= 12);
    CHECK(pool.in_use == 0);
    print_figure(
        "row 22, 53300",
        "failed " + std::to_string(outcomes.failures()) + " of " +
            std::to_string(outcomes.count()) + " on a server of 12 connections; sessions " +
            std::to_string(pool.size)
    );
}

}  // namespace qry::test
