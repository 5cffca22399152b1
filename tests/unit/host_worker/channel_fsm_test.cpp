#include "worker/channel_fsm.hpp"

#include <catch2/catch.hpp>

using namespace qry::worker;
using state = channel_fsm::state;

namespace {

channel_fsm ready() {
    auto made = channel_fsm::open(call_kind::connect, 1);
    const auto step = made.ended(call_kind::connect, outcome::done);
    REQUIRE(step.say == say_kind::connected);
    REQUIRE(step.verb == 1);
    return made;
}

channel_fsm executing(std::uint32_t credit) {
    auto made = ready();
    const auto asked = made.ask(call_kind::execute, 2, credit);
    REQUIRE_FALSE(asked.wrong);
    REQUIRE(asked.step.call == call_kind::execute);
    return made;
}

channel_fsm fetching(std::uint32_t credit) {
    auto made = executing(credit);
    const auto step = made.ended(call_kind::execute, outcome::rows);
    REQUIRE(step.say == say_kind::head);
    REQUIRE(step.call == call_kind::next);
    return made;
}

channel_fsm tidying() {
    auto made = fetching(2);
    const auto step = made.ended(call_kind::next, outcome::end);
    REQUIRE(step.say == say_kind::none);
    REQUIRE(step.call == call_kind::reset);
    return made;
}

}  // namespace

TEST_CASE("a connect that fails leaves no channel") {
    auto fsm = channel_fsm::open(call_kind::connect, 1);
    CHECK(fsm.begin().call == call_kind::connect);
    const auto step = fsm.ended(call_kind::connect, outcome::failed);
    CHECK(step.say == say_kind::failed);
    CHECK(step.over);
}

TEST_CASE("a test that passes is done, and leaves no channel") {
    auto fsm = channel_fsm::open(call_kind::test, 1);
    const auto step = fsm.ended(call_kind::test, outcome::tested);
    CHECK(step.say == say_kind::done);
    CHECK(step.over);
}

TEST_CASE("a small result goes from execute to a clean session without another word from the host"
) {
    auto fsm = fetching(2);
    auto step = fsm.ended(call_kind::next, outcome::batch);
    CHECK(step.say == say_kind::batch);
    CHECK(step.call == call_kind::next);
    step = fsm.ended(call_kind::next, outcome::end);
    CHECK(step.call == call_kind::reset);
    step = fsm.ended(call_kind::reset, outcome::done);
    CHECK(step.say == say_kind::ended);
    CHECK(step.verb == 2);
    CHECK(fsm.now() == state::ready);
}

TEST_CASE("a statement without rows is reset right after its head") {
    auto fsm = executing(2);
    const auto step = fsm.ended(call_kind::execute, outcome::no_rows);
    CHECK(step.say == say_kind::head);
    CHECK(step.call == call_kind::reset);
    CHECK(fsm.ended(call_kind::reset, outcome::done).say == say_kind::ended);
}

TEST_CASE("a reset of its own that fails is told as a result that left the session dirty") {
    auto fsm = tidying();
    CHECK(fsm.ended(call_kind::reset, outcome::failed).say == say_kind::ended_dirty);
    CHECK(fsm.now() == state::ready);
}

TEST_CASE("no batch is fetched beyond the credit, and credit fetches the next") {
    auto fsm = fetching(1);
    const auto step = fsm.ended(call_kind::next, outcome::batch);
    CHECK(step.say == say_kind::batch);
    CHECK(step.call == call_kind::none);
    CHECK(fsm.now() == state::starved);
    CHECK(fsm.credit(2, 0).step.call == call_kind::none);
    CHECK(fsm.credit(2, 1).step.call == call_kind::next);
}

TEST_CASE("without any credit the head is told and nothing fetched") {
    auto fsm = executing(0);
    const auto step = fsm.ended(call_kind::execute, outcome::rows);
    CHECK(step.say == say_kind::head);
    CHECK(step.call == call_kind::none);
    CHECK(fsm.now() == state::starved);
}

TEST_CASE("a verb that fails is told, and a reset makes the session clean") {
    auto fsm = GENERATE(executing(1), fetching(1));
    CHECK(fsm.ended(fsm.calling(), outcome::failed).say == say_kind::failed);
    CHECK(fsm.reset(3).step.call == call_kind::reset);
    const auto step = fsm.ended(call_kind::reset, outcome::done);
    CHECK(step.say == say_kind::done);
    CHECK(step.verb == 3);
}

TEST_CASE("a cancel presses whatever runs, once") {
    auto fsm = GENERATE(channel_fsm::open(call_kind::connect, 2), executing(1), fetching(1));
    CHECK(fsm.cancel(2).step.press);
    CHECK_FALSE(fsm.cancel(2).step.press);
}

TEST_CASE("a cancel that comes too late ends the verb all the same, with what it had") {
    auto fsm = executing(4);
    CHECK(fsm.cancel(2).step.press);
    const auto step = fsm.ended(call_kind::execute, outcome::rows);
    CHECK(step.say == say_kind::head);
    CHECK(step.say_cancelled);
    CHECK(step.call == call_kind::none);
    CHECK(fsm.now() == state::ready);
}

TEST_CASE("a cancel while credit is awaited ends the verb at once") {
    auto fsm = fetching(1);
    (void)fsm.ended(call_kind::next, outcome::batch);
    const auto step = fsm.cancel(2).step;
    CHECK(step.say_cancelled);
    CHECK_FALSE(step.press);
    CHECK(fsm.now() == state::ready);
}

TEST_CASE("a cancel leaves a reset alone") {
    auto fsm = tidying();
    CHECK_FALSE(fsm.cancel(2).step.press);
    CHECK(fsm.ended(call_kind::reset, outcome::done).say == say_kind::ended);
}

TEST_CASE("cancel and credit for a verb that is over are dropped") {
    auto fsm = tidying();
    (void)fsm.ended(call_kind::reset, outcome::done);
    CHECK(fsm.ask(call_kind::execute, 3, 1).step.call == call_kind::execute);
    const auto cancelled = fsm.cancel(2);
    CHECK_FALSE(cancelled.wrong);
    CHECK_FALSE(cancelled.step.press);
    const auto given = fsm.credit(2, 5);
    CHECK_FALSE(given.wrong);
    // Its own credit is still one.
    (void)fsm.ended(call_kind::execute, outcome::rows);
    CHECK(fsm.ended(call_kind::next, outcome::batch).call == call_kind::none);
}

TEST_CASE("a reset during read-ahead presses it, drops what it gave and resets then") {
    auto fsm = GENERATE(executing(4), fetching(4));
    const auto running = fsm.calling();
    const auto how = GENERATE(outcome::failed, outcome::batch, outcome::rows, outcome::end);
    CHECK(fsm.reset(3).step.press);
    auto step = fsm.ended(running, how);
    CHECK(step.say == say_kind::none);
    CHECK(step.call == call_kind::reset);
    step = fsm.ended(call_kind::reset, outcome::done);
    CHECK(step.say == say_kind::done);
    CHECK(step.verb == 3);
}

TEST_CASE("a reset that finds one under way is answered by that one") {
    auto fsm = tidying();
    const auto asked = fsm.reset(3).step;
    CHECK_FALSE(asked.press);
    CHECK(asked.call == call_kind::none);
    const auto step = fsm.ended(call_kind::reset, outcome::done);
    CHECK(step.say == say_kind::done);
    CHECK(step.verb == 3);
}

TEST_CASE("a close waits for what runs and comes before a reset that was asked for") {
    auto fsm = fetching(4);
    (void)fsm.reset(3);
    (void)fsm.close(4);
    auto step = fsm.ended(call_kind::next, outcome::failed);
    CHECK(step.call == call_kind::close);
    step = fsm.ended(call_kind::close, outcome::done);
    CHECK(step.say == say_kind::done);
    CHECK(step.verb == 4);
    CHECK(step.over);
}

TEST_CASE("a close of a session that rests closes at once") {
    auto fsm = ready();
    CHECK(fsm.close(2).step.call == call_kind::close);
}

TEST_CASE("a close during connect cancels it, and closes a session that came all the same") {
    auto fsm = channel_fsm::open(call_kind::connect, 1);
    CHECK(fsm.close(2).step.press);
    SECTION("it came") {
        CHECK(fsm.ended(call_kind::connect, outcome::done).call == call_kind::close);
    }
    SECTION("it did not") {
        const auto step = fsm.ended(call_kind::connect, outcome::failed);
        CHECK(step.say == say_kind::done);
        CHECK(step.verb == 2);
        CHECK(step.over);
    }
}

TEST_CASE("a verb that does not end in time is closed over, and its late end is nothing") {
    auto fsm = executing(1);
    CHECK(fsm.give_up().call == call_kind::none);
    (void)fsm.close(3);
    CHECK(fsm.give_up().call == call_kind::close);
    const auto late = fsm.ended(call_kind::execute, outcome::failed);
    CHECK(late.say == say_kind::none);
    CHECK(late.call == call_kind::none);
    CHECK(fsm.ended(call_kind::close, outcome::done).over);
}

TEST_CASE("when the host is gone everything closes and nothing is said") {
    auto fsm = GENERATE(executing(1), fetching(1), tidying());
    const auto running = fsm.calling();
    (void)fsm.leave();
    auto step = fsm.ended(running, outcome::failed);
    CHECK(step.say == say_kind::none);
    CHECK(step.call == call_kind::close);
    step = fsm.ended(call_kind::close, outcome::done);
    CHECK(step.say == say_kind::none);
    CHECK(step.over);
}

TEST_CASE("an answer that cannot be sent is a failure of the verb") {
    auto fsm = fetching(4);
    CHECK(fsm.ended(call_kind::next, outcome::batch).call == call_kind::next);
    const auto step = fsm.unsendable();
    CHECK(step.say == say_kind::failed);
    CHECK(step.call == call_kind::none);
    CHECK(fsm.now() == state::ready);
    CHECK(fsm.calling() == call_kind::none);
}

TEST_CASE("what comes in the wrong order is refused in words") {
    auto running = executing(1);
    CHECK(
        running.ask(call_kind::execute, 3, 1).wrong.value() ==
        "execute came while the channel was executing"
    );
    auto resting = ready();
    CHECK(
        resting.ask(call_kind::introspect, 1, 1).wrong.value() ==
        "introspect has number 1; the verb before it had 1"
    );
    CHECK(resting.cancel(2).wrong.value() == "cancel came for verb 2, which has not begun");
    CHECK(resting.credit(9, 1).wrong.value() == "credit came for verb 9, which has not begun");
    auto connecting = channel_fsm::open(call_kind::connect, 1);
    CHECK(connecting.reset(2).wrong.value() == "reset came while the channel was connecting");
    (void)connecting.close(2);
    CHECK(
        connecting.close(3).wrong.value() == "a second close came while the channel was connecting"
    );
}

TEST_CASE("between the parts of an introspection nothing is reset") {
    auto fsm = ready();
    using afterwards = channel_fsm::afterwards;
    REQUIRE_FALSE(fsm.ask(call_kind::introspect, 2, 2, afterwards::leave).wrong);
    CHECK(fsm.ended(call_kind::introspect, outcome::rows).say == say_kind::head);
    const auto end = fsm.ended(call_kind::next, outcome::end);
    CHECK(end.say == say_kind::ended_dirty);
    CHECK(end.call == call_kind::none);
    CHECK(fsm.now() == state::ready);
    SECTION("the last part ends as any result does") {
        REQUIRE_FALSE(fsm.ask(call_kind::introspect, 3, 2, afterwards::tidy).wrong);
        (void)fsm.ended(call_kind::introspect, outcome::rows);
        CHECK(fsm.ended(call_kind::next, outcome::end).call == call_kind::reset);
    }
    SECTION("the host may break off") {
        const auto broken_off = fsm.reset(3);
        REQUIRE_FALSE(broken_off.wrong);
        CHECK(broken_off.step.call == call_kind::reset);
    }
}

TEST_CASE("a digest is a head with an empty result behind it, and nothing is reset") {
    auto fsm = ready();
    REQUIRE_FALSE(fsm.ask(call_kind::introspect, 2, 2, channel_fsm::afterwards::leave).wrong);
    const auto head = fsm.ended(call_kind::introspect, outcome::no_rows);
    CHECK(head.say == say_kind::head);
    CHECK(head.call == call_kind::next);
    CHECK(fsm.ended(call_kind::next, outcome::end).say == say_kind::ended_dirty);
    CHECK(fsm.now() == state::ready);
}
