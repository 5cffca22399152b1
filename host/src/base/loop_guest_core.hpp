// What a loop_guest is: an epoll set of the loops that are lent to it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/loop_driver.hpp"

namespace qry {

// Loops are lent and taken back by their own threads; run by the guest's.
class loop_guest_core : public std::enable_shared_from_this<loop_guest_core> {
public:
    loop_guest_core();
    loop_guest_core(const loop_guest_core&) = delete;
    loop_guest_core& operator=(const loop_guest_core&) = delete;
    ~loop_guest_core();

    [[nodiscard]] int fd() const noexcept { return set_; }
    [[nodiscard]] bool watch(int descriptor) noexcept;
    void unwatch(int descriptor) noexcept;

    // The loop is lent; false when it cannot be watched.
    [[nodiscard]] bool admit(const std::shared_ptr<base::loop_driver>& loop);
    // The loop is taken back.
    void dismiss(base::loop_driver& loop) noexcept;

    // The guest's thread only
    void run() noexcept;
    void leave() noexcept;
    // During a visit: a loop that is lent to this guest has got something to do.
    void touch(base::loop_driver& loop) noexcept { touched_ = loop.touched = true; }
    void end_visit() noexcept;

    // The guest on whose visit this thread is; NULL without one.
    [[nodiscard]] static loop_guest_core*& visiting() noexcept;

private:
    using loops = std::vector<std::shared_ptr<base::loop_driver>>;
    // As it was a moment ago; made anew only when it has changed.
    [[nodiscard]] const loops& lent();
    void run_one(base::loop_driver& loop, base::loop_driver::occasion why) noexcept;

    const int set_;
    // Made readable when a loop was not run to its end.
    const int again_;

    std::mutex mutex_;
    // Guarded by mutex_
    loops lent_;
    // Thread-safe
    std::atomic<bool> changed_{false};

    // Not thread-safe: the guest's thread only
    loops known_;
    bool touched_ = false;
    bool left_over_ = false;
};

}  // namespace qry
