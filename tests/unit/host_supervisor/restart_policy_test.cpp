#include "supervisor/restart_policy.hpp"

#include <catch2/catch.hpp>

using namespace qry::supervisor;
using answer = restart_policy::answer;
using life = restart_policy::life;

namespace {
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t start = 1'000'000 * ms;
}  // namespace

TEST_CASE("the first worker starts at once") {
    const restart_policy policy;
    CHECK(policy.ask(start).what == answer::start);
}

TEST_CASE("a worker that answered before it died is replaced at once, however often") {
    restart_policy policy;
    for (int i = 0; i < 100; ++i) {
        policy.died(start + i, life::answered, "crashed");
        REQUIRE(policy.ask(start + i).what == answer::start);
        REQUIRE(policy.failures() == 0);
    }
}

TEST_CASE("deaths without an answer are followed by pauses that double from 100 ms") {
    restart_policy policy;
    std::int64_t now = start;
    for (const std::int64_t pause : {100 * ms, 200 * ms, 400 * ms, 800 * ms}) {
        policy.died(now, life::useless, "crashed");
        const auto early = policy.ask(now + pause - 1);
        CHECK(early.what == answer::wait);
        CHECK(early.until_ns == now + pause);
        CHECK(policy.ask(now + pause).what == answer::start);
        now += pause;
    }
}

TEST_CASE("a pause never exceeds the longest") {
    restart_policy policy(
        {.first_pause_ns = 100 * ms, .longest_pause_ns = 250 * ms, .most_failures = 9}
    );
    for (int i = 0; i < 8; ++i)
        policy.died(start, life::useless, "crashed");
    CHECK(policy.ask(start).until_ns == start + 250 * ms);
}

TEST_CASE("the fifth death in a row refuses callers for a while, then one more start is tried") {
    restart_policy policy;
    for (int i = 0; i < 5; ++i)
        policy.died(start, life::useless, "crashed (signal 11, SIGSEGV)");
    const auto refused = policy.ask(start + 9'999 * ms);
    CHECK(refused.what == answer::refuse);
    CHECK(refused.until_ns == start + 10'000 * ms);
    CHECK(policy.failures() == 5);
    CHECK(policy.last_reason() == "crashed (signal 11, SIGSEGV)");
    CHECK(policy.ask(start + 10'000 * ms).what == answer::start);

    policy.died(start + 10'001 * ms, life::useless, "ended");
    CHECK(policy.ask(start + 10'002 * ms).what == answer::refuse);
}

TEST_CASE("one answer closes the breaker") {
    restart_policy policy;
    for (int i = 0; i < 7; ++i)
        policy.died(start, life::useless, "crashed");
    policy.died(start, life::answered, "crashed");
    CHECK(policy.ask(start).what == answer::start);
}
