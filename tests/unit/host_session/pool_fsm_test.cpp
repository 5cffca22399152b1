#include "session/pool_fsm.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <vector>

using namespace qry::session;
using what = pool_action::what;

namespace {

constexpr std::int64_t ms = 1'000'000;

struct waiter : pool_waiter {};
struct slot : pool_slot {};

qry::error refused() {
    return {.kind = qry::status::connection_failed, .message = "refused", .retryable = true};
}

// Drives the machine, and keeps what it asked for.
struct pool {
    explicit pool(int max, int min = 1) : fsm({.min_size = min, .max_size = max, .seed = 7}) {}

    std::vector<what> take() {
        std::vector<what> kinds;
        for (const pool_action& a : actions) {
            kinds.push_back(a.kind);
            last = a;
        }
        actions.clear();
        return kinds;
    }
    std::vector<what> enter(waiter& w, std::int64_t until = 1000 * ms) {
        fsm.enter(w, until, now, actions);
        return take();
    }
    std::vector<what> opened(slot& s) {
        fsm.opened(s, now, actions);
        return take();
    }
    std::vector<what> open_failed(qry::error why = refused(), std::int64_t until = 1000 * ms) {
        fsm.open_failed(why, until, now, actions);
        return take();
    }
    std::vector<what> give_back(slot& s) {
        fsm.give_back(s, now, actions);
        return take();
    }
    std::vector<what> drop(slot& s, drop_reason why = drop_reason::broken) {
        fsm.drop(s, why, now, actions);
        return take();
    }
    std::vector<what> closed() {
        fsm.closed(now, actions);
        return take();
    }
    std::vector<what> tick() {
        fsm.tick(now, actions);
        return take();
    }
    std::vector<what> shut(bool fail) {
        fsm.shut(fail, now, actions);
        return take();
    }

    waiter& a_waiter() { return waiters.emplace_back(); }
    slot& a_slot() { return slots.emplace_back(); }

    // Outlive the machine that holds them in lists.
    std::deque<waiter> waiters;
    std::deque<slot> slots;
    pool_fsm fsm;
    std::int64_t now = 1 * ms;
    pool_actions actions;
    pool_action last{};
};

using list = std::vector<what>;

}  // namespace

TEST_CASE("The first caller opens a session and gets it") {
    pool p(2);
    auto& a = p.a_waiter();
    auto& s = p.a_slot();
    CHECK(p.enter(a) == list{what::open});
    CHECK(p.opened(s) == list{what::grant});
    CHECK(p.last.waiter == &a);
    CHECK(p.last.slot == &s);
    CHECK(s.idle_since_ns() == 0);
    CHECK(p.fsm.stats().in_use == 1);
}

TEST_CASE("A session given back goes to whoever waits longest") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter(), &c = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    CHECK(p.enter(b).empty());
    CHECK(p.enter(c).empty());
    CHECK(p.give_back(s) == list{what::grant});
    CHECK(p.last.waiter == &b);
    CHECK(p.give_back(s) == list{what::grant});
    CHECK(p.last.waiter == &c);
    CHECK(p.give_back(s).empty());
    CHECK(p.fsm.idle() == 1);
}

TEST_CASE("No more sessions are opened than there are callers, nor than the maximum") {
    pool p(2);
    auto &a = p.a_waiter(), &b = p.a_waiter(), &c = p.a_waiter();
    CHECK(p.enter(a) == list{what::open});
    CHECK(p.enter(b) == list{what::open});
    CHECK(p.enter(c).empty());
    auto& s = p.a_slot();
    p.opened(s);
    CHECK(p.fsm.connecting() == 1);
    auto& t = p.a_slot();
    p.opened(t);
    CHECK(p.fsm.waiting() == 1);
}

TEST_CASE("A session being closed still counts against the maximum") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.enter(b);
    CHECK(p.drop(s) == list{what::close});
    CHECK(p.fsm.connecting() == 0);
    CHECK(p.closed() == list{what::open});
}

TEST_CASE("A waiter that leaves is not served, and its connect serves the next") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    CHECK(p.fsm.leave(a));
    CHECK_FALSE(p.fsm.leave(a));
    CHECK(p.opened(s).empty());
    CHECK(s.idle_since_ns() == p.now);
    CHECK(p.enter(b) == list{what::grant});
    CHECK(p.last.waiter == &b);
}

TEST_CASE("A waiter is timed out at its moment, not before, in the order of the moments") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter(), &c = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.enter(b, 30 * ms);
    p.enter(c, 20 * ms);
    CHECK(p.fsm.next_ns() == 20 * ms);
    p.now = 20 * ms - 1;
    CHECK(p.tick().empty());
    p.now = 20 * ms;
    CHECK(p.tick() == list{what::time_out});
    CHECK(p.last.waiter == &c);
    CHECK(p.fsm.next_ns() == 30 * ms);
    CHECK(p.fsm.waiting() == 1);
    REQUIRE(p.fsm.leave(b));
}

TEST_CASE("A failed first connect fails all that wait, since nothing else can serve them") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    p.enter(a);
    p.enter(b);
    CHECK(p.open_failed() == list{what::fail, what::fail});
    CHECK(p.fsm.waiting() == 0);
}

TEST_CASE("A connect that ran out of its time leaves those who have longer to the next one") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    const qry::error ran_out{.kind = qry::status::query_timeout, .message = "connecting"};
    CHECK(p.enter(a, 200 * ms) == list{what::open});
    CHECK(p.enter(b, 30'000 * ms).empty());
    p.now = 200 * ms;
    CHECK(p.open_failed(ran_out, 200 * ms) == list{what::fail});
    CHECK(p.last.waiter == &a);
    CHECK(p.fsm.waiting() == 1);
    p.now = p.fsm.next_ns();
    CHECK(p.tick() == list{what::open});
    CHECK(p.opened(s) == list{what::grant});
    CHECK(p.last.waiter == &b);
}

TEST_CASE("A server that calls a login too slow before its time fails all that wait") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    p.enter(a, 200 * ms);
    p.enter(b, 30'000 * ms);
    p.now = 100 * ms;
    CHECK(
        p.open_failed({.kind = qry::status::query_timeout, .message = "no"}, 200 * ms) ==
        list{what::fail, what::fail}
    );
}

TEST_CASE("A failed connect leaves the waiters alone while a session is lent") {
    pool p(2);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    CHECK(p.enter(b) == list{what::open});
    CHECK(p.open_failed().empty());
    CHECK(p.give_back(s) == list{what::grant});
    CHECK(p.last.waiter == &b);
}

TEST_CASE("After a failed connect the next one waits, half to all of the back-off") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    p.enter(a);
    p.open_failed();
    CHECK(p.enter(b).empty());
    const std::int64_t at = p.fsm.next_ns();
    CHECK(at >= p.now + 25 * ms);
    CHECK(at <= p.now + 50 * ms);
    p.now = at;
    CHECK(p.tick() == list{what::open});
    REQUIRE(p.fsm.leave(b));
}

TEST_CASE("A pool that has worked rides over a restart of its server") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto &s = p.a_slot(), &t = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.drop(s);
    p.enter(b, 100'000 * ms);
    CHECK(p.closed() == list{what::open});
    CHECK(p.open_failed().empty());
    p.now = p.fsm.next_ns();
    CHECK(p.tick() == list{what::open});
    CHECK(p.opened(t) == list{what::grant});
    CHECK(p.last.waiter == &b);
}

TEST_CASE("A server that stays away for three seconds is told of") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.drop(s);
    p.enter(b, 100'000 * ms);
    p.closed();
    const std::int64_t begin = p.now;
    int tries = 0;
    while (p.fsm.waiting() == 1) {
        REQUIRE(++tries < 50);
        p.open_failed();
        if (p.fsm.waiting() == 0) break;
        p.now = p.fsm.next_ns();
        p.tick();
    }
    CHECK(p.now - begin >= 3000 * ms);
    CHECK(p.now - begin <= 4000 * ms);
    // 50, 100, 200, 400, 800, then each second: a dozen at the most, not a storm.
    CHECK(tries <= 12);
}

TEST_CASE("A wrong password is told at once, also by a pool that has worked") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.drop(s);
    p.enter(b);
    p.closed();
    CHECK(
        p.open_failed({.kind = qry::status::authentication_failed, .message = "no"}) ==
        list{what::fail}
    );
}

TEST_CASE("After a failure one connect at a time feels the way") {
    pool p(10);
    std::deque<waiter>& w = p.waiters;
    w.resize(10);
    auto& s = p.a_slot();
    for (auto& one : w)
        p.enter(one);
    CHECK(p.fsm.connecting() == 8);
    p.opened(s);
    for (int i = 0; i < 7; ++i)
        p.open_failed();
    p.now += 2000 * ms;
    p.tick();
    CHECK(p.fsm.connecting() <= 2);
    for (auto& one : w)
        (void)p.fsm.leave(one);
}

TEST_CASE("An unused session above the minimum is closed after its lifetime") {
    pool p(2, 1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto &s = p.a_slot(), &t = p.a_slot();
    p.enter(a);
    p.enter(b);
    p.opened(s);
    p.opened(t);
    p.give_back(s);
    p.now += 10 * ms;
    p.give_back(t);
    const std::int64_t at = 1 * ms + 300'000 * ms;
    CHECK(p.fsm.next_ns() == at);
    p.now = at;
    CHECK(p.tick() == list{what::close});
    CHECK(p.last.slot == &s);
    p.closed();
    p.now += 1'000'000 * ms;
    CHECK(p.tick().empty());
    CHECK(p.fsm.stats().destroyed.at("idle too long") == 1);
}

TEST_CASE("The session used last is lent first") {
    pool p(2);
    auto &a = p.a_waiter(), &b = p.a_waiter(), &c = p.a_waiter();
    auto &s = p.a_slot(), &t = p.a_slot();
    p.enter(a);
    p.enter(b);
    p.opened(s);
    p.opened(t);
    p.give_back(s);
    p.give_back(t);
    p.enter(c);
    CHECK(p.last.slot == &t);
}

TEST_CASE("One whose session was dead is served before all others") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter();
    auto &s = p.a_slot(), &t = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.enter(b);
    p.fsm.enter_again(a, 1000 * ms, p.now, p.actions);
    p.take();
    p.drop(s);
    p.closed();
    CHECK(p.opened(t) == list{what::grant});
    CHECK(p.last.waiter == &a);
    REQUIRE(p.fsm.leave(b));
}

TEST_CASE("Shut to drain: who waits is served, who comes is sent away, then all is closed") {
    pool p(1);
    auto &a = p.a_waiter(), &b = p.a_waiter(), &c = p.a_waiter();
    auto& s = p.a_slot();
    p.enter(a);
    p.opened(s);
    p.enter(b);
    CHECK(p.shut(false).empty());
    CHECK(p.enter(c) == list{what::fail});
    CHECK(p.give_back(s) == list{what::grant});
    CHECK_FALSE(p.fsm.finished());
    CHECK(p.give_back(s) == list{what::close});
    CHECK_FALSE(p.fsm.finished());
    p.closed();
    CHECK(p.fsm.finished());
}

TEST_CASE("Shut to cancel: who waits is sent away") {
    pool p(1);
    auto& a = p.a_waiter();
    p.enter(a);
    CHECK(p.shut(true) == list{what::fail});
    CHECK_FALSE(p.fsm.finished());
    p.open_failed();
    CHECK(p.fsm.finished());
}

TEST_CASE("Ten thousand waiters are served in order; one in twenty leaves and costs nothing") {
    pool p(10);
    std::deque<waiter>& w = p.waiters;
    std::deque<slot>& s = p.slots;
    for (int i = 0; i < 10'000; ++i)
        p.enter(p.a_waiter(), (10'000 + i) * ms);
    for (std::size_t i = 0; i < w.size(); i += 20)
        REQUIRE(p.fsm.leave(w[i]));
    std::vector<pool_waiter*> served;
    const auto note = [&] {
        for (const pool_action& a : p.actions) {
            if (a.kind == what::grant) served.push_back(a.waiter);
        }
        p.actions.clear();
    };
    while (p.fsm.connecting() > 0) {
        p.fsm.opened(p.a_slot(), p.now, p.actions);
        note();
    }
    CHECK(s.size() == 10);
    for (std::size_t i = 0; p.fsm.waiting() > 0; ++i) {
        p.fsm.give_back(s[i % 10], p.now, p.actions);
        note();
    }
    REQUIRE(served.size() == 9'500);
    std::size_t at = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
        if (i % 20 == 0) continue;
        REQUIRE(served[at++] == &w[i]);
    }
}
