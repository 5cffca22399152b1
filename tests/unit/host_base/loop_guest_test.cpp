#include <qry/loop_guest.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include <boost/asio/steady_timer.hpp>

#include <poll.h>

#include "base/loop_driver.hpp"
#include "base/loop_group.hpp"
#include "base/post.hpp"

namespace {

using namespace std::chrono_literals;
using qry::loop_guest;
using qry::base::loop_group;
using qry::base::post;

// What posts on one loop ran on.
struct rig {
    loop_group loops{1};
    loop_guest guest;

    auto& loop() { return loops.loop(0); }
    // Asks as a visitor does, and waits as an event loop does: the thread that the work ran on.
    std::thread::id ask() {
        std::promise<std::thread::id> ran;
        auto where = ran.get_future();
        {
            const loop_guest::visit here(guest);
            post(loop(), [&] { ran.set_value(std::this_thread::get_id()); });
        }
        while (where.wait_for(0s) != std::future_status::ready)
            wait();
        return where.get();
    }
    void wait(int milliseconds = 1) {
        pollfd p{guest.fd(), POLLIN, 0};
        ::poll(&p, 1, milliseconds);
        guest.run();
    }
    // Until the loop is lent: false when it never is.
    bool become_guest() {
        const auto me = std::this_thread::get_id();
        for (int i = 0; i < 5000; ++i) {
            if (ask() == me) return true;
        }
        return false;
    }
    // Posted by nobody's visit; nobody waits but for the answer.
    std::thread::id ask_as_stranger() {
        std::promise<std::thread::id> ran;
        auto where = ran.get_future();
        post(loop(), [&] { ran.set_value(std::this_thread::get_id()); });
        return where.get();
    }
};

}  // namespace

TEST_CASE("a loop that one guest alone uses is lent to it, and runs on its thread") {
    rig r;
    REQUIRE(r.become_guest());
    // On a slow machine the guest may be late, and lose it in between.
    for (int i = 0; i < 1000; ++i)
        (void)r.ask();
    CHECK(r.become_guest());
    CHECK_FALSE(r.loops.on_loop_thread());
}

TEST_CASE("what others post to a lent loop wakes the guest") {
    rig r;
    REQUIRE(r.become_guest());
    std::atomic<int> ran{0};
    std::thread other([&] {
        for (int i = 0; i < 100; ++i)
            post(r.loop(), [&] { ++ran; });
    });
    other.join();
    while (ran < 100)
        r.wait();
    CHECK(ran == 100);
}

TEST_CASE("a guest that does not come loses the loop, and nothing that was posted is lost") {
    rig r;
    REQUIRE(r.become_guest());
    CHECK(r.ask_as_stranger() != std::this_thread::get_id());
    CHECK(r.become_guest());
    CHECK(r.ask_as_stranger() != std::this_thread::get_id());
}

TEST_CASE("a loop is not lent while something holds it, and is given back when something does") {
    rig r;
    REQUIRE(r.become_guest());
    std::optional<qry::base::loop_hold> held;
    const auto driver = qry::base::loop_driver::of(r.loop());
    {
        const loop_guest::visit here(r.guest);
        post(r.loop(), [&] { held.emplace(driver); });
    }
    REQUIRE(held);
    for (int i = 0; i < 200; ++i)
        CHECK(r.ask() != std::this_thread::get_id());
    std::promise<void> gone;
    post(r.loop(), [&] {
        held.reset();
        gone.set_value();
    });
    gone.get_future().wait();
    CHECK(r.become_guest());
}

TEST_CASE("a second guest gets the loop back to its thread, and both are served") {
    rig r;
    REQUIRE(r.become_guest());
    std::atomic<int> answers{0};
    std::thread second([&] {
        loop_guest other;
        for (int i = 0; i < 500; ++i) {
            std::promise<void> ran;
            auto done = ran.get_future();
            {
                const loop_guest::visit here(other);
                post(r.loop(), [&] { ran.set_value(); });
            }
            while (done.wait_for(0s) != std::future_status::ready) {
                pollfd p{other.fd(), POLLIN, 0};
                ::poll(&p, 1, 1);
                other.run();
            }
            ++answers;
        }
    });
    for (int i = 0; i < 500; ++i)
        (void)r.ask();
    second.join();
    CHECK(answers == 500);
}

TEST_CASE("a guest that leaves, or goes, gives the loop back") {
    loop_group loops(1);
    for (int i = 0; i < 20; ++i) {
        loop_guest guest;
        std::promise<void> ran;
        {
            const loop_guest::visit here(guest);
            post(loops.loop(0), [&] { ran.set_value(); });
        }
        ran.get_future().wait();
        if (i % 2 == 0) guest.leave();
    }
    std::promise<void> ran;
    post(loops.loop(0), [&] { ran.set_value(); });
    CHECK(ran.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("loops end while they are lent, also from within a guest's turn") {
    for (int i = 0; i < 20; ++i) {
        rig r;
        REQUIRE(r.become_guest());
        if (i % 2 == 0) continue;
        const loop_guest::visit here(r.guest);
        post(r.loop(), [&] { r.loops.stop(); });
    }
    SUCCEED("no deadlock");
}

TEST_CASE("a handler that throws does not cost the guest its loop") {
    rig r;
    REQUIRE(r.become_guest());
    {
        const loop_guest::visit here(r.guest);
        post(r.loop(), [] { throw 7; });
    }
    CHECK(r.become_guest());
}

TEST_CASE("timers of a lent loop wake the guest") {
    rig r;
    REQUIRE(r.become_guest());
    boost::asio::steady_timer timer(r.loop());
    bool fired = false;
    {
        const loop_guest::visit here(r.guest);
        post(r.loop(), [&] {
            timer.expires_after(1ms);
            timer.async_wait([&](auto) { fired = true; });
        });
    }
    while (!fired)
        r.wait(-1);
    CHECK(fired);
}
