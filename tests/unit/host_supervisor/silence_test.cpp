#include "supervisor/silence.hpp"

#include <catch2/catch.hpp>

using qry::supervisor::silence;

namespace {

constexpr std::int64_t msec = 1'000'000;

}  // namespace

TEST_CASE("silence counts from the ping to the last look, until the answer") {
    silence s;
    CHECK(s.broken());
    s.ask(1'000 * msec);
    CHECK_FALSE(s.broken());
    s.look(1'250 * msec, 1'250 * msec);
    CHECK(s.so_far_ns() == 250 * msec);
    s.look(4'000 * msec, 4'000 * msec);
    CHECK(s.so_far_ns() == 3'000 * msec);
    s.answer();
    CHECK(s.broken());
    s.ask(9'000 * msec);
    s.look(9'250 * msec, 9'250 * msec);
    CHECK(s.so_far_ns() == 250 * msec);
}

TEST_CASE("time in which nobody looked is not the worker's silence") {
    silence s;
    s.ask(1'000 * msec);
    // The host's loop was held up for ten seconds.
    s.look(11'250 * msec, 1'250 * msec);
    CHECK(s.so_far_ns() == 250 * msec);
    s.look(11'500 * msec, 11'500 * msec);
    CHECK(s.so_far_ns() == 500 * msec);
}

TEST_CASE("a worker that is given no CPU is not silent, but for a tenth of the time") {
    silence s;
    s.ask(1'000 * msec);
    s.look(5'000 * msec, 5'000 * msec);
    s.waited_for_cpu(3'000 * msec);
    CHECK(s.so_far_ns() == 1'000 * msec);
    s.waited_for_cpu(4'000 * msec);
    CHECK(s.so_far_ns() == 400 * msec);
    s.look(31'000 * msec, 31'000 * msec);
    s.waited_for_cpu(30'000 * msec);
    CHECK(s.so_far_ns() == 3'000 * msec);
}
