// Ctrl-C as an event that is waited for, instead of a handler that runs anywhere.
#pragma once

#include <poll.h>

#include <functional>

namespace qry::cli {

// Make one before any thread exists: SIGINT and SIGTERM are blocked from then on, in all threads,
// and read here. Not thread-safe.
class interrupts {
public:
    interrupts();
    ~interrupts();
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;

    // Waits until fd can be read. The first signal calls on_signal and goes on waiting; the second
    // ends the process at once, for when cancelling hangs.
    void wait(int fd, const std::function<void()>& on_signal);
    // As wait, but false as soon as a signal came: for input that people type.
    [[nodiscard]] bool readable(int fd);
    // Waits for a signal that is no interruption but the way to end a service.
    void wait_for_one();
    // What came is dealt with: it is no interruption any more.
    void settle() noexcept { happened_ = false; }
    [[nodiscard]] bool happened() const noexcept { return happened_; }

private:
    // Whether fd is readable; false = a signal came.
    [[nodiscard]] bool poll_once(int fd);

    int signals_ = -1;
    bool happened_ = false;
};

}  // namespace qry::cli
