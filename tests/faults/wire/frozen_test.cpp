// Servers and networks that say nothing more: the caller is answered at its limit, the slot is free
// after the grace, nobody else notices, and nothing piles up.
#include <optional>

#include "fault_proxy.hpp"
#include "server.hpp"
#include "sources.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

// The grace of a cancel (2 s), and what a machine under load may add.
constexpr auto freed_within = 6s;
constexpr auto time_limit = 250ms;

struct victim {
    host_ptr in = open_isolated(isolation_under_test());
    fault_proxy proxy{server().port()};
    datasource_ptr source = make_source(*in, postgresql_spec("victim", proxy.port()));
    datasource_ptr other = make_source(*in, postgresql_spec("other", server().port()));
    datasource_ptr file = make_source(*in, sqlite_spec("file"));

    victim() {
        REQUIRE(run(*source, sql("select 1")));
        REQUIRE(run(*other, sql("select 1")));
        REQUIRE(run(*file, sql("select 1")));
    }
    [[nodiscard]] pid_t backend() const {
        const auto found = run(*source, sql("select pg_backend_pid()"));
        REQUIRE(found);
        return std::stoi((*found)[0][0]);
    }
    // Stops it where it waits for its client. In the middle of its work it may hold a lock that
    // every new connection needs, and then the whole server would stand still.
    [[nodiscard]] frozen freeze(pid_t pid) const {
        const std::string waits =
            "select wait_event_type = 'Client' from pg_stat_activity where pid = " +
            std::to_string(pid);
        for (;;) {
            frozen asleep(pid);
            const auto seen = run(*other, sql_within(waits, 1s));
            if (seen && *seen == rows{{"true"}}) return asleep;
        }
    }
};

// Runs a query that cannot end, and checks the moment and the kind of its error.
void expect_limit(victim& v, const char* text, timings& lateness) {
    const auto begin = clock_type::now();
    const auto outcome = run(*v.source, sql_within(text, time_limit));
    const milliseconds took = clock_type::now() - begin;
    INFO(say(outcome));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::query_timeout);
    REQUIRE(outcome.error().limit);
    CHECK(outcome.error().limit->source == "query");
    CHECK(took >= time_limit);
    lateness.add(took - time_limit);
}

// The pool of one has its slot back, and its connection was not kept.
void expect_freed(victim& v) {
    CHECK(eventually([&] { return v.source->pool().in_use == 0; }, freed_within));
    CHECK(v.source->pool().waiting == 0);
}

// One kind of silence, a few times, beside load on two datasources.
void survive(const std::string& name, const std::function<void(victim&, timings&)>& once) {
    victim v;
    timings lateness;
    steady_load postgresql(v.other, "select 2", {{"2"}});
    steady_load sqlite(v.file, "select 3", {{"3"}});
    std::size_t threads = 0;
    std::size_t descriptors = 0;
    for (int i = 0; i < 3; ++i) {
        once(v, lateness);
        const auto after = run(*v.source, sql("select 'after'"));
        INFO(say(after));
        REQUIRE(after);
        CHECK(*after == rows{{"after"}});
        // What the first round left is what every later one may leave.
        if (i == 0) {
            threads = thread_count();
            descriptors = descriptor_count();
        }
    }
    postgresql.stop();
    sqlite.stop();
    print_figure("row 17, " + name, "lateness " + lateness.text());
    print_figure(
        "row 17, " + name,
        "others: failed " +
            std::to_string(postgresql.outcomes().failures() + sqlite.outcomes().failures()) +
            " of " + std::to_string(postgresql.outcomes().count() + sqlite.outcomes().count()) +
            "; " + postgresql.latency().text()
    );
    CHECK(lateness.max() <= limit(20ms));
    CHECK(postgresql.outcomes().failures() == 0);
    CHECK(sqlite.outcomes().failures() == 0);
    // Two loads have ended.
    CHECK(eventually([&] { return thread_count() + 2 <= threads; }));
    CHECK(eventually([&] { return descriptor_count() <= descriptors; }));
}

}  // namespace

TEST_CASE("a frozen backend") {
    survive("frozen backend", [](victim& v, timings& lateness) {
        const pid_t pid = v.backend();
        const frozen asleep = v.freeze(pid);
        expect_limit(v, "select 1", lateness);
        expect_freed(v);
        // While it is frozen: the pool made room for a connection of its own.
        CHECK(v.backend() != pid);
    });
}

TEST_CASE("a frozen backend in the middle of its rows") {
    survive("frozen while sending", [](victim& v, timings& lateness) {
        const pid_t pid = v.backend();
        // Time for the first rows, which come at once; those after them never end.
        constexpr auto while_sending = 5s;
        auto opened = execute(
            *v.source,
            sql_within("select generate_series(1, 100000000), repeat('x', 1000)", while_sending)
        );
        REQUIRE(opened);
        const frozen asleep = v.freeze(pid);
        const auto rest = read_all(**opened);
        REQUIRE_FALSE(rest);
        CHECK(rest.error().kind == status::query_timeout);
        lateness.add((*opened)->elapsed() - while_sending);
        expect_freed(v);
    });
}

TEST_CASE("a frozen postmaster: cancels arrive nowhere") {
    survive("frozen postmaster", [](victim& v, timings& lateness) {
        {
            const frozen asleep(postmaster());
            expect_limit(v, "select pg_sleep(3600)", lateness);
            expect_freed(v);
            // No new connection either; the caller hears of it in time.
            const auto begin = clock_type::now();
            const auto outcome = run(*v.source, sql_within("select 1", time_limit));
            const milliseconds took = clock_type::now() - begin;
            REQUIRE_FALSE(outcome);
            CHECK(took >= time_limit);
            lateness.add(took - time_limit);
        }
        CHECK(eventually([&] { return v.source->pool().in_use == 0; }, freed_within));
    });
}

TEST_CASE("a black hole both ways, for the cancel's connection, too") {
    survive("black hole", [](victim& v, timings& lateness) {
        fault_rules hole;
        hole.to_server.swallow_after = hole.to_client.swallow_after = 0;
        v.proxy.set(hole);
        expect_limit(v, "select 1", lateness);
        expect_freed(v);
        v.proxy.set({});
        v.proxy.drop();
    });
}

TEST_CASE("a server that accepts and says nothing") {
    survive("accept, then silence", [](victim& v, timings& lateness) {
        fault_rules silence;
        silence.silent = true;
        v.proxy.set(silence);
        // The session is there; the connection for its cancel is the silent one.
        expect_limit(v, "select pg_sleep(3600)", lateness);
        expect_freed(v);
        const auto begin = clock_type::now();
        const auto outcome = run(*v.source, sql_within("select 1", time_limit));
        const milliseconds took = clock_type::now() - begin;
        REQUIRE_FALSE(outcome);
        CHECK(took >= time_limit);
        lateness.add(took - time_limit);
        v.proxy.set({});
        v.proxy.drop();
    });
}

}  // namespace qry::test
