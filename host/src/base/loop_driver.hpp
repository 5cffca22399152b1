// Who runs a loop: its own thread, or a guest that waits for it anyway (loop_guest.hpp).
//
// Exactly one at a time. The thread lends the loop when it has nothing to do and one guest alone
// has been using it; it is taken back at once for a long result, or when somebody else uses the
// loop, and after milliseconds when the guest does not come though there is something to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace qry {
class loop_guest_core;
}

namespace qry::base {

class loop_driver : public std::enable_shared_from_this<loop_driver> {
public:
    explicit loop_driver(boost::asio::io_context& context);
    loop_driver(const loop_driver&) = delete;
    loop_driver& operator=(const loop_driver&) = delete;
    ~loop_driver();

    // The one of the loop; NULL for a context that no loop_group made. May outlive its loop.
    [[nodiscard]] static std::shared_ptr<loop_driver> of(boost::asio::execution_context& context);
    [[nodiscard]] static std::shared_ptr<loop_driver> of(const boost::asio::any_io_executor& loop);

    // Once, after the constructor: from now on of() finds it.
    void begin();
    // The body of the loop's thread; returns when the context is stopped.
    void run() noexcept;
    // The context was stopped: the thread must see it. Any thread.
    void stop() noexcept;
    // The context is about to go, and nobody runs it.
    void end() noexcept;

    // Something was posted to the loop, by this thread. Any thread.
    void posted() noexcept;
    // What keeps the loop busy for long is its thread's: between hold() and let_go() it is not
    // lent. On the loop.
    void hold() noexcept { ++held_; }
    void let_go() noexcept { --held_; }

    // Something is readable, or something was posted: then nobody looks whether anything is.
    enum class occasion { woken, visit };
    enum class turn { done, more };
    // The guest's: runs what is ready.
    [[nodiscard]] turn run_ready(loop_guest_core& by, occasion why) noexcept;
    // The loop's thread is to run it again. Any thread.
    void take_back() noexcept;
    // Readable when there is something to run.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    // For the guest that it is lent to: whether this visit posted to it.
    bool touched = false;

private:
    class event_source;
    enum class state { threads, lent, guests_turn };
    using lock = std::unique_lock<std::mutex>;

    [[nodiscard]] int run_some(int most) noexcept;
    void lend();
    void look_after(lock& held);
    [[nodiscard]] bool reclaim() noexcept;
    void consider(loop_guest_core& user) noexcept;
    [[nodiscard]] bool readable(int milliseconds) const noexcept;
    void ring() noexcept;
    void listen();

    boost::asio::io_context& context_;
    const int descriptor_;
    // An eventfd in the loop's own set: rung, it wakes whoever waits for the descriptor.
    const int rope_;
    std::optional<boost::asio::posix::stream_descriptor> bell_;
    const std::unique_ptr<event_source> events_;

    // Thread-safe
    std::atomic<state> state_{state::threads};
    std::atomic<bool> asked_{false};
    std::atomic<bool> wanted_back_{false};
    std::atomic<bool> stopped_{false};
    std::atomic<std::uint64_t> turns_{0};
    std::atomic<loop_guest_core*> guest_{nullptr};

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_
    std::shared_ptr<loop_guest_core> lent_to_;
    std::weak_ptr<loop_guest_core> candidate_;
    const loop_guest_core* last_user_ = nullptr;
    std::int64_t lend_after_ns_ = 0;

    // Not thread-safe: on the loop only
    int held_ = 0;
};

// Of something that keeps a loop busy while it lasts. Made and dropped on the loop.
class loop_hold {
public:
    loop_hold() = default;
    explicit loop_hold(std::shared_ptr<loop_driver> of) noexcept : of_(std::move(of)) {
        if (of_ != nullptr) of_->hold();
    }
    loop_hold(loop_hold&& other) noexcept = default;
    loop_hold& operator=(loop_hold&& other) noexcept {
        std::swap(of_, other.of_);
        return *this;
    }
    ~loop_hold() {
        if (of_ != nullptr) of_->let_go();
    }

private:
    std::shared_ptr<loop_driver> of_;
};

}  // namespace qry::base
