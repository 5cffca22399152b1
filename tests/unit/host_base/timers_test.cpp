#include "base/timers.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/loop_group.hpp"

using namespace qry::base;

namespace {

struct entry : timer_entry {
    void expired() noexcept override {
        fired_at = now_ns();
        if (then) then();
    }
    std::int64_t fired_at = 0;
    std::function<void()> then;
};

}  // namespace

TEST_CASE("Entries come out when due, earliest first, and equal ones in the order they were set") {
    timer_set set;
    entry a, b, c, d;
    set.set(a, 30);
    set.set(b, 10);
    set.set(c, 20);
    set.set(d, 20);
    CHECK(set.next_ns() == 10);
    CHECK(set.pop(9) == nullptr);
    CHECK(set.pop(25) == &b);
    CHECK(set.pop(25) == &c);
    CHECK(set.pop(25) == &d);
    CHECK(set.pop(25) == nullptr);
    CHECK(set.pop(30) == &a);
    CHECK(set.next_ns() == never_ns);
}

TEST_CASE("Setting an entry again moves it, and never takes it back") {
    timer_set set;
    entry a;
    set.set(a, 10);
    set.set(a, 20);
    CHECK(set.next_ns() == 20);
    set.set(a, never_ns);
    CHECK(set.next_ns() == never_ns);
    set.take_back(a);
    CHECK_FALSE(a.is_linked());
}

TEST_CASE("On a loop, entries fire in order of their times and never early") {
    boost::asio::io_context context{1};
    timers& queue = timers::of(context.get_executor());
    const std::int64_t begin = now_ns();
    std::vector<int> order;
    entry a, b, gone;
    a.then = [&] { order.push_back(1); };
    b.then = [&] { order.push_back(2); };
    gone.then = [&] { order.push_back(3); };
    queue.set(b, begin + 20'000'000);
    queue.set(gone, begin + 15'000'000);
    // Earlier than what is armed.
    queue.set(a, begin + 10'000'000);
    queue.take_back(gone);
    context.run();
    CHECK(order == std::vector<int>{1, 2});
    CHECK(a.fired_at >= begin + 10'000'000);
    CHECK(b.fired_at >= begin + 20'000'000);
}

TEST_CASE("An entry may set itself again while it fires") {
    boost::asio::io_context context{1};
    timers& queue = timers::of(context.get_executor());
    int times = 0;
    entry a;
    a.then = [&] {
        if (++times < 3) queue.set(a, now_ns() + 1'000'000);
    };
    queue.set(a, now_ns());
    context.run();
    CHECK(times == 3);
}
