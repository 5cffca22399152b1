#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "live.hpp"

using namespace qry;
using namespace qry::test;
using namespace std::chrono_literals;

namespace {

int runs() {
    const char* given = std::getenv("QRY_TEST_CANCELS");
    return given != nullptr ? std::atoi(given) : 2000;
}

void cancel_at_random(const std::map<std::string, std::string>& changes, int count) {
    auto s = connect(changes);
    std::mt19937 random(4711);
    std::uniform_int_distribution<std::int64_t> moment(0, 20'000'000);
    int cancelled = 0;
    for (int i = 0; i < count; ++i) {
        const std::chrono::nanoseconds after(moment(random));
        const std::string mark = std::to_string(i);
        // Long against the span of the cancels, short enough to win some races.
        auto t = s->query("select pg_sleep(0.012), " + mark + " as n", {.cancel_after = after});
        if (!t) {
            ++cancelled;
            INFO(t.error().message);
            REQUIRE(t.error().kind == status::query_cancelled);
        }
        must(s->reset());
        const auto next = must(s->query("select " + mark + " as n"));
        REQUIRE(rows_of(next) == std::vector<std::string>{"{\"n\": " + mark + "}"});
    }
    // Of n random moments about 60 % come before the end of the sleep.
    CHECK(cancelled > count / 4);
    CHECK(cancelled < count);
    WARN(cancelled << " of " << count << " were cancelled in time, 0 hit the next statement");
    must(s->close());
    check_rules(*s);
}

}  // namespace

TEST_CASE("random cancels between 0 and 20 ms never harm the next statement") {
    cancel_at_random({}, runs());
}

TEST_CASE("the same with TLS on the session and on the cancel connections") {
    cancel_at_random({{"sslmode", "require"}}, runs() / 10 + 20);
}

TEST_CASE("a cancelled sleep ends soon and the session lives on") {
    auto s = connect();
    auto t = s->query("select pg_sleep(60)", {.cancel_after = 30ms});
    REQUIRE_FALSE(t);
    CHECK(t.error().kind == status::query_cancelled);
    CHECK(t.error().sqlstate == "57014");
    CHECK(s->last_call().took() < 5s);
    must(s->reset());
    CHECK(cell(*s, "select 41 + 1") == "42");
}

TEST_CASE("a cancel without a verb in flight does nothing") {
    auto s = connect();
    s->cancel();
    CHECK(cell(*s, "select 1") == "1");
}

TEST_CASE("a cancel in the middle of a result ends it at the server") {
    auto s = connect();
    auto head =
        s->execute("select i, repeat('x', 1000) from (select generate_series(1, 100000000) i) t");
    REQUIRE(head);
    auto first = s->next();
    REQUIRE(first);
    REQUIRE(*first);
    result<unique_array> last = s->next({.cancel_after = 0ns});
    while (last && *last)
        last = s->next({.cancel_after = 0ns});
    REQUIRE_FALSE(last);
    CHECK(last.error().kind == status::query_cancelled);
    must(s->reset());
    CHECK(cell(*s, "select 7") == "7");
}

TEST_CASE("reset ends a half-read result at the server, and soon") {
    auto s = connect();
    REQUIRE(s->execute("select i, repeat('x', 1000) from (select generate_series(1, 100000000) i) t"
    ));
    REQUIRE(s->next());
    must(s->reset());
    CHECK(s->last_call().took() < 5s);
    CHECK(cell(*s, "select 8") == "8");
    CHECK(
        throwaway_server::shared().sql("select count(*) from pg_stat_activity where "
                                       "query like '%100000000%' and state = 'active' "
                                       "and pid <> pg_backend_pid()") == "0\n"
    );
    must(s->close());
    check_rules(*s);
}
