// An event loop over ppoll(2): the smallest that keeps every promise of qry/loop.h.
//
// It runs on whichever thread calls run_until(), one at a time. Not thread-safe but for post().
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <qry/loop.h>

#include "ledger.hpp"

namespace qry::conformance {

// CLOCK_MONOTONIC in nanoseconds: the clock of every deadline in the ABI.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;
// Now plus `span`; what a deadline_ns is made of.
[[nodiscard]] std::int64_t after(std::chrono::nanoseconds span) noexcept;

class loop {
public:
    explicit loop(std::shared_ptr<ledger> book);
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    // Everything still watched is reported as loop.left_watched.
    ~loop();

    [[nodiscard]] qry_loop* handle() noexcept { return reinterpret_cast<qry_loop*>(this); }
    [[nodiscard]] static const qry_loop_services& services() noexcept;

    // Runs callbacks until `done` says so, true, or until at_ns (monotonic) has passed, false.
    bool run_until(const std::function<bool()>& done, std::int64_t at_ns);
    // Calls fn on the loop's thread; from any thread.
    void post(std::function<void()> fn);

    [[nodiscard]] std::size_t watches() const noexcept { return watches_.size(); }
    [[nodiscard]] std::size_t timers() const noexcept { return timers_.size(); }
    // The longest time that one callback held the loop.
    [[nodiscard]] std::chrono::nanoseconds longest_callback() const noexcept { return longest_; }

private:
    struct watch_state;
    struct timer_state;
    struct service_calls;
    friend struct service_calls;

    void turn(std::int64_t until_ns);
    void dispatch_watch(watch_state& w, short revents);
    void dispatch_timers();
    void dispatch_posts();
    void check_thread(const char* service);
    void timed(const std::function<void()>& callback);

    const std::shared_ptr<ledger> book_;
    const int wakeup_;
    // Not thread-safe
    std::vector<std::unique_ptr<watch_state>> watches_;
    // Ended; kept so that a late event or a second unwatch meets something that knows.
    std::vector<std::unique_ptr<watch_state>> unwatched_;
    std::multimap<std::int64_t, std::unique_ptr<timer_state>> timers_;
    std::thread::id thread_ = std::this_thread::get_id();
    std::chrono::nanoseconds longest_{};
    std::mutex mutex_;
    // Guarded by mutex_
    std::deque<std::function<void()>> posted_;
};

}  // namespace qry::conformance
