// The loop keeps what qry/loop.h promises.
#include <array>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include <unistd.h>

#include <qry/conformance/loop.hpp>

using namespace qry::conformance;
using namespace std::chrono_literals;

namespace {

struct fixture {
    fixture() { REQUIRE(::pipe(ends.data()) == 0); }
    ~fixture() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    void write() { REQUIRE(::write(ends[1], "x", 1) == 1); }
    void read() {
        char c = 0;
        REQUIRE(::read(ends[0], &c, 1) == 1);
    }
    // Runs what is due now.
    void turn() {
        events.run_until([] { return false; }, monotonic_ns());
    }
    std::string broken() const {
        return book->violations().empty() ? "" : book->violations().front().rule;
    }

    std::shared_ptr<ledger> book = std::make_shared<ledger>();
    loop events{book};
    const qry_loop_services& on = loop::services();
    std::array<int, 2> ends{};
};

void count(void* n, std::uint32_t) {
    ++*static_cast<int*>(n);
}
void count_once(void* n) {
    ++*static_cast<int*>(n);
}

}  // namespace

TEST_CASE_METHOD(fixture, "a watch is level-triggered: it is called until the data is read") {
    int calls = 0;
    qry_watch* w = on.watch(events.handle(), ends[0], QRY_READABLE, &count, &calls);
    turn();
    CHECK(calls == 0);
    write();
    turn();
    turn();
    CHECK(calls == 2);
    read();
    turn();
    CHECK(calls == 2);
    on.unwatch(w);
}

TEST_CASE_METHOD(fixture, "a paused watch is silent, and goes on when asked to") {
    int calls = 0;
    qry_watch* w = on.watch(events.handle(), ends[0], 0, &count, &calls);
    write();
    turn();
    CHECK(calls == 0);
    on.watch_events(w, QRY_READABLE);
    turn();
    CHECK(calls == 1);
    on.watch_events(w, 0);
    turn();
    CHECK(calls == 1);
    on.unwatch(w);
}

TEST_CASE_METHOD(fixture, "a hang-up is readable and writable") {
    static std::uint32_t seen;
    seen = 0;
    ::close(ends[1]);
    qry_watch* w = on.watch(
        events.handle(),
        ends[0],
        QRY_READABLE,
        [](void*, std::uint32_t events_seen) { seen = events_seen; },
        nullptr
    );
    turn();
    CHECK(seen == (QRY_READABLE | QRY_WRITABLE));
    on.unwatch(w);
    REQUIRE(::pipe(ends.data()) == 0);
}

TEST_CASE_METHOD(fixture, "unwatch inside a callback stops the other watch of the same turn") {
    struct two {
        const qry_loop_services& on;
        qry_watch* first = nullptr;
        qry_watch* second = nullptr;
        int calls = 0;
    } both{on};
    const auto fn = [](void* data, std::uint32_t) {
        auto* t = static_cast<two*>(data);
        ++t->calls;
        t->on.unwatch(t->first);
        t->on.unwatch(t->second);
    };
    both.first = on.watch(events.handle(), ends[0], QRY_READABLE, fn, &both);
    both.second = on.watch(events.handle(), ends[0], QRY_READABLE, fn, &both);
    write();
    turn();
    turn();
    CHECK(both.calls == 1);
    CHECK(broken().empty());
}

TEST_CASE_METHOD(fixture, "a descriptor closed while watched is noted, and does not spin") {
    int calls = 0;
    const int fd = ::dup(ends[0]);
    qry_watch* w = on.watch(events.handle(), fd, QRY_READABLE, &count, &calls);
    ::close(fd);
    turn();
    turn();
    CHECK(calls == 0);
    CHECK(book->violations().size() == 1);
    CHECK(broken() == "loop.unwatch_before_close");
    on.unwatch(w);
}

TEST_CASE_METHOD(fixture, "a second unwatch is noted") {
    qry_watch* w = on.watch(events.handle(), ends[0], 0, &count, nullptr);
    on.unwatch(w);
    on.unwatch(w);
    on.unwatch(nullptr);
    CHECK(book->violations().size() == 1);
    CHECK(broken() == "loop.unwatch_once");
}

TEST_CASE_METHOD(fixture, "what is no descriptor cannot be watched") {
    CHECK(on.watch(events.handle(), -1, QRY_READABLE, &count, nullptr) == nullptr);
}

TEST_CASE_METHOD(fixture, "timers fire in order of time, never early, and once") {
    static std::vector<std::pair<int, std::int64_t>> fired;
    fired.clear();
    const std::int64_t now = monotonic_ns();
    const auto fn = [](void* which) {
        fired.emplace_back(*static_cast<int*>(which), monotonic_ns());
    };
    int one = 1;
    int two = 2;
    int past = 0;
    on.timer(events.handle(), now + 4'000'000, fn, &two);
    on.timer(events.handle(), now + 2'000'000, fn, &one);
    on.timer(events.handle(), now - 1, fn, &past);
    REQUIRE(events.run_until([] { return fired.size() == 3; }, after(5s)));
    CHECK(fired[0].first == 0);
    CHECK(fired[1].first == 1);
    CHECK(fired[1].second >= now + 2'000'000);
    CHECK(fired[2].first == 2);
    CHECK(fired[2].second >= now + 4'000'000);
    CHECK(events.timers() == 0);
}

TEST_CASE_METHOD(fixture, "a cancelled timer does not fire") {
    int calls = 0;
    qry_timer* t = on.timer(events.handle(), monotonic_ns(), &count_once, &calls);
    on.timer_cancel(t);
    on.timer_cancel(nullptr);
    turn();
    CHECK(calls == 0);
    CHECK(events.timers() == 0);
}

TEST_CASE_METHOD(fixture, "a post from another thread wakes the loop, in order") {
    static std::vector<int> seen;
    seen.clear();
    static int numbers[] = {1, 2, 3};
    std::thread other([&] {
        for (int& n : numbers) {
            on.post(
                events.handle(), [](void* which) { seen.push_back(*static_cast<int*>(which)); }, &n
            );
        }
    });
    REQUIRE(events.run_until([] { return seen.size() == 3; }, after(5s)));
    other.join();
    CHECK(seen == std::vector<int>{1, 2, 3});
}

TEST_CASE_METHOD(fixture, "run_until gives false once its time is over") {
    const std::int64_t at = after(1ms);
    CHECK_FALSE(events.run_until([] { return false; }, at));
    CHECK(monotonic_ns() >= at);
}

TEST_CASE_METHOD(fixture, "a service called from a foreign thread is noted") {
    std::thread([&] { on.timer_cancel(on.timer(events.handle(), 0, &count_once, nullptr)); }
    ).join();
    CHECK(broken() == "loop.thread");
}
