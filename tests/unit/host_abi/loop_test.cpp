#include "abi/loop.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.hpp"

namespace {

using function = std::function<void()>;

// A loop on the test's own thread, and a pipe.
struct rig {
    rig() { REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0); }
    ~rig() {
        ::close(fds[0]);
        ::close(fds[1]);
    }
    void feed() const { REQUIRE(::write(fds[1], "x", 1) == 1); }
    void drain() const {
        char buffer[16];
        REQUIRE(::read(fds[0], buffer, sizeof(buffer)) > 0);
    }
    [[nodiscard]] qry_timer* after_ms(int ms, function& f) {
        return loop_services.timer(loop.get(), qry::base::now_ns() + ms * 1'000'000LL, &call, &f);
    }
    static void call(void* f) { (*static_cast<function*>(f))(); }
    static void woke(void* f, std::uint32_t events) {
        (*static_cast<std::function<void(std::uint32_t)>*>(f))(events);
    }

    const qry_loop_services& loop_services = qry::abi::loop_services();
    boost::asio::io_context context{1};
    std::shared_ptr<qry_loop> loop = qry_loop::make(context, "test");
    int fds[2];
};

}  // namespace

TEST_CASE("A watch fires as long as the descriptor is ready, and ends in its own callback") {
    rig r;
    int times = 0;
    qry_watch* watch = nullptr;
    std::function<void(std::uint32_t)> on_ready = [&](std::uint32_t events) {
        CHECK(events == QRY_READABLE);
        // Nothing is read: level-triggered means that it fires again.
        if (++times == 3) r.loop_services.unwatch(watch);
    };
    watch = r.loop_services.watch(r.loop.get(), r.fds[0], QRY_READABLE, &rig::woke, &on_ready);
    REQUIRE(watch != nullptr);
    r.feed();
    r.context.run();
    CHECK(times == 3);
    // Still the plugin's.
    CHECK(::fcntl(r.fds[0], F_GETFD) >= 0);
    r.drain();
}

TEST_CASE("A paused watch is silent until it is wanted again") {
    rig r;
    int times = 0;
    qry_watch* watch = nullptr;
    std::function<void(std::uint32_t)> on_ready = [&](std::uint32_t) {
        ++times;
        r.loop_services.unwatch(watch);
    };
    watch = r.loop_services.watch(r.loop.get(), r.fds[0], QRY_READABLE, &rig::woke, &on_ready);
    r.loop_services.watch_events(watch, 0);
    r.feed();
    r.context.run();
    CHECK(times == 0);
    r.loop_services.watch_events(watch, QRY_READABLE);
    r.context.restart();
    r.context.run();
    CHECK(times == 1);
}

TEST_CASE("Both events can be waited for, and each is told by itself") {
    rig r;
    std::uint32_t seen = 0;
    qry_watch* watch = nullptr;
    std::function<void(std::uint32_t)> on_ready = [&](std::uint32_t events) {
        seen |= events;
        r.loop_services.unwatch(watch);
    };
    watch = r.loop_services.watch(
        r.loop.get(), r.fds[1], QRY_READABLE | QRY_WRITABLE, &rig::woke, &on_ready
    );
    r.context.run();
    CHECK((seen & QRY_WRITABLE) != 0);
}

TEST_CASE("A descriptor that is none cannot be watched") {
    rig r;
    std::function<void(std::uint32_t)> never;
    CHECK(r.loop_services.watch(r.loop.get(), 9999, QRY_READABLE, &rig::woke, &never) == nullptr);
    r.loop_services.unwatch(nullptr);
    r.loop_services.timer_cancel(nullptr);
}

TEST_CASE("A timer fires once, in its order, and never early") {
    rig r;
    std::string order;
    const std::int64_t begin = qry::base::now_ns();
    std::int64_t fired = 0;
    function a = [&] {
        order += 'a';
        fired = qry::base::now_ns();
    };
    function b = [&] { order += 'b'; };
    REQUIRE(r.after_ms(20, b) != nullptr);
    REQUIRE(r.after_ms(10, a) != nullptr);
    r.context.run();
    CHECK(order == "ab");
    CHECK(fired - begin >= 10'000'000);
}

TEST_CASE("A cancelled timer does not fire, and cancelling one in its own callback is harmless") {
    rig r;
    function never = [] { FAIL("fired"); };
    qry_timer* gone = r.after_ms(5, never);
    r.loop_services.timer_cancel(gone);
    qry_timer* self = nullptr;
    int times = 0;
    function own = [&] {
        ++times;
        r.loop_services.timer_cancel(self);
    };
    self = r.after_ms(1, own);
    r.context.run();
    CHECK(times == 1);
}

TEST_CASE("Posted functions run in order; an exception from one is held back") {
    rig r;
    std::string order;
    function a = [&] { order += 'a'; };
    function bad = [] { throw 7; };
    function b = [&] { order += 'b'; };
    CHECK(r.loop_services.post(r.loop.get(), &rig::call, &a) == 0);
    CHECK(r.loop_services.post(r.loop.get(), &rig::call, &bad) == 0);
    CHECK(r.loop_services.post(r.loop.get(), &rig::call, &b) == 0);
    r.context.run();
    CHECK(order == "ab");
}

TEST_CASE("Posting to a loop that has ended says so") {
    std::shared_ptr<qry_loop> loop;
    {
        boost::asio::io_context context{1};
        loop = qry_loop::make(context, "test");
    }
    function never = [] { FAIL("ran"); };
    CHECK(qry::abi::loop_services().post(loop.get(), &rig::call, &never) == -1);
}
