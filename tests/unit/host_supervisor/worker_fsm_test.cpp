#include "supervisor/worker_fsm.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace qry::supervisor;

namespace {

constexpr std::int64_t s = 1'000'000'000;
constexpr std::int64_t t0 = 100 * s;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

worker_fsm ready_one() {
    worker_fsm fsm({}, t0);
    fsm.ready();
    return fsm;
}

}  // namespace

TEST_CASE("a worker takes channels once it is ready, and waits for nothing then") {
    worker_fsm fsm({}, t0);
    CHECK(fsm.now() == worker_state::starting);
    CHECK_FALSE(fsm.takes_channels());
    CHECK(fsm.due_ns() == t0 + 10 * s);
    fsm.ready();
    CHECK(fsm.takes_channels());
    CHECK(fsm.due_ns() == never);
    CHECK(fsm.look(t0 + 1000 * s, {}) == worker_action::none);
}

TEST_CASE("a worker that is not ready in ten seconds is killed") {
    worker_fsm fsm({}, t0);
    CHECK(fsm.look(t0 + 10 * s - 1, {}) == worker_action::none);
    CHECK(fsm.look(t0 + 10 * s, {}) == worker_action::kill);
}

TEST_CASE("a draining worker ends with its last channel") {
    worker_fsm fsm = ready_one();
    fsm.drain(drain_reason::upgraded, t0);
    CHECK_FALSE(fsm.takes_channels());
    CHECK(fsm.look(t0 + s, {.channels = 2, .busy = 1}) == worker_action::none);
    CHECK(fsm.look(t0 + s, {.channels = 1, .busy = 0}) == worker_action::none);
    CHECK(fsm.look(t0 + s, {.channels = 0, .busy = 0}) == worker_action::end);
    CHECK(fsm.now() == worker_state::ending);
    CHECK(fsm.due_ns() == t0 + 2 * s);
}

TEST_CASE("a worker asked to end is killed a second later") {
    worker_fsm fsm = ready_one();
    fsm.drain(drain_reason::closed, t0);
    REQUIRE(fsm.look(t0, {}) == worker_action::end);
    CHECK(fsm.look(t0 + s - 1, {}) == worker_action::none);
    CHECK(fsm.look(t0 + s, {}) == worker_action::kill);
}

TEST_CASE("a draining worker is killed at its bound, whatever runs") {
    struct line {
        drain_reason why;
        std::int64_t bound;
    };
    const auto one = GENERATE(
        line{drain_reason::upgraded, 600 * s},
        line{drain_reason::stuck, 5 * s},
        line{drain_reason::closed, 2 * s}
    );
    worker_fsm fsm = ready_one();
    fsm.drain(one.why, t0);
    const worker_load load{.channels = 3, .busy = 2};
    CHECK(fsm.due_ns() == t0 + one.bound);
    CHECK(fsm.look(t0 + one.bound - 1, load) == worker_action::none);
    CHECK(fsm.look(t0 + one.bound, load) == worker_action::kill);
}

TEST_CASE("a stuck worker is killed as soon as nothing else runs on it") {
    worker_fsm fsm = ready_one();
    fsm.drain(drain_reason::stuck, t0);
    CHECK(fsm.look(t0 + 1, {.channels = 4, .busy = 1}) == worker_action::none);
    CHECK(fsm.look(t0 + 2, {.channels = 4, .busy = 0}) == worker_action::kill);
}

TEST_CASE("a lane that has not heard of the drain may have begun something") {
    worker_fsm fsm = ready_one();
    const auto why = GENERATE(drain_reason::stuck, drain_reason::upgraded);
    fsm.drain(why, t0);
    CHECK(fsm.look(t0 + 1, {.unaware = 1}) == worker_action::none);
    CHECK(fsm.look(t0 + 2, {.channels = 1, .busy = 1, .unaware = 0}) == worker_action::none);
    CHECK(fsm.look(t0 + 3, {}) != worker_action::none);
    CHECK(fsm.look(t0 + 600 * s, {.unaware = 1}) == worker_action::kill);
}

TEST_CASE("a stuck session shortens the time of an upgrade, and not the other way round") {
    worker_fsm fsm = ready_one();
    fsm.drain(drain_reason::upgraded, t0);
    fsm.drain(drain_reason::stuck, t0 + s);
    CHECK(fsm.due_ns() == t0 + 6 * s);
    fsm.drain(drain_reason::upgraded, t0 + 2 * s);
    CHECK(fsm.due_ns() == t0 + 6 * s);
}

TEST_CASE("a worker is killed once, and then waited for") {
    worker_fsm fsm = ready_one();
    fsm.drain(drain_reason::stuck, t0);
    REQUIRE(fsm.look(t0 + 9 * s, {.channels = 1, .busy = 1}) == worker_action::kill);
    fsm.killed();
    CHECK(fsm.now() == worker_state::killed);
    CHECK(fsm.look(t0 + 10 * s, {}) == worker_action::none);
    CHECK(fsm.due_ns() == never);
    fsm.drain(drain_reason::upgraded, t0 + 10 * s);
    CHECK(fsm.now() == worker_state::killed);
}

TEST_CASE("nothing is done about a dead worker") {
    worker_fsm fsm = ready_one();
    fsm.ended();
    fsm.drain(drain_reason::stuck, t0);
    CHECK(fsm.now() == worker_state::dead);
    CHECK(fsm.look(t0 + 1000 * s, {}) == worker_action::none);
    CHECK(fsm.due_ns() == never);
}
