// Waiting on the host's loop from a coroutine: for a descriptor, for a moment, for an interrupt.
#pragma once

#include <cassert>
#include <coroutine>
#include <cstdint>
#include <limits>
#include <utility>

#include "loop.h"

namespace qry {

// The loop of one session and how to call it. Copies freely; owns nothing.
struct loop_ref {
    qry_loop* loop = nullptr;
    const qry_loop_services* services = nullptr;
};

inline constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

enum class wake {
    // The descriptor is ready for one of the events asked for.
    ready,
    // The time given has come.
    timeout,
    // interrupt() was called.
    interrupted,
};

// One waiting place: a descriptor (optional), a time (optional) and an interrupt. One coroutine
// may wait at a time. Not thread-safe: everything happens on the loop's thread. Must not be
// destroyed while a coroutine waits in it.
class waiter {
public:
    explicit waiter(loop_ref loop) noexcept : loop_(loop) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() {
        assert(!suspended_);
        unwatch();
    }

    // Watches fd from now on; false when the host cannot. Call unwatch() before closing fd.
    [[nodiscard]] bool watch(int fd) noexcept {
        unwatch();
        watch_ = loop_.services->watch(loop_.loop, fd, 0, &waiter::on_events, this);
        return watch_ != nullptr;
    }
    void unwatch() noexcept {
        if (watch_ != nullptr) loop_.services->unwatch(watch_);
        watch_ = nullptr;
        armed_ = 0;
    }

    class awaiter {
    public:
        awaiter(waiter& owner, std::uint32_t events, std::int64_t deadline) noexcept
            : owner_(owner), events_(events), deadline_(deadline) {}
        bool await_ready() const noexcept { return owner_.interrupted_; }
        void await_suspend(std::coroutine_handle<> self) noexcept {
            owner_.suspend(self, events_, deadline_);
        }
        wake await_resume() noexcept { return owner_.take(); }

    private:
        waiter& owner_;
        std::uint32_t events_;
        std::int64_t deadline_;
    };

    // co_await gives why it woke. events: QRY_READABLE | QRY_WRITABLE, 0 = only time or interrupt.
    [[nodiscard]] awaiter wait(std::uint32_t events, std::int64_t deadline_ns) noexcept {
        return {*this, events, deadline_ns};
    }
    [[nodiscard]] awaiter sleep_until(std::int64_t deadline_ns) noexcept {
        return {*this, 0, deadline_ns};
    }

    // Wakes the waiting coroutine, or makes the next wait return at once. Sticks until taken.
    void interrupt() noexcept {
        interrupted_ = true;
        if (suspended_) resume(wake::interrupted);
    }
    // Forgets an interrupt that nobody waited for.
    void clear_interrupt() noexcept { interrupted_ = false; }
    [[nodiscard]] loop_ref loop() const noexcept { return loop_; }

private:
    void suspend(
        std::coroutine_handle<> self, std::uint32_t events, std::int64_t deadline
    ) noexcept {
        assert(!suspended_);
        suspended_ = self;
        if (watch_ != nullptr && events != armed_) loop_.services->watch_events(watch_, events);
        armed_ = events;
        if (deadline != no_deadline) {
            timer_ = loop_.services->timer(loop_.loop, deadline, &waiter::on_timer, this);
        }
    }
    wake take() noexcept {
        if (interrupted_) {
            interrupted_ = false;
            return wake::interrupted;
        }
        return reason_;
    }
    void resume(wake reason) noexcept {
        if (timer_ != nullptr) loop_.services->timer_cancel(std::exchange(timer_, nullptr));
        if (watch_ != nullptr && armed_ != 0) loop_.services->watch_events(watch_, 0);
        armed_ = 0;
        reason_ = reason;
        std::exchange(suspended_, {}).resume();
    }
    static void on_events(void* self, std::uint32_t) {
        auto* w = static_cast<waiter*>(self);
        if (w->suspended_) w->resume(wake::ready);
    }
    static void on_timer(void* self) {
        auto* w = static_cast<waiter*>(self);
        w->timer_ = nullptr;
        if (w->suspended_) w->resume(wake::timeout);
    }

    loop_ref loop_;
    qry_watch* watch_ = nullptr;
    qry_timer* timer_ = nullptr;
    std::coroutine_handle<> suspended_{};
    std::uint32_t armed_ = 0;
    bool interrupted_ = false;
    wake reason_ = wake::ready;
};

}  // namespace qry
