// Work that goes on while its owner does something else: a task that was started, and whose result
// is asked for later.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>

#include "call.hpp"
#include "loop.hpp"
#include "result.hpp"
#include "task.hpp"

namespace qry {

// One task at a time. Not thread-safe: everything happens on the loop's thread. Must not be
// destroyed while the task runs: interrupt what it waits for, then settle().
template <class T>
class background {
public:
    explicit background(loop_ref loop) noexcept : place_(loop) {}
    background(const background&) = delete;
    background& operator=(const background&) = delete;
    ~background() { assert(!running_); }

    // Starts it now. No task may be running. What the task refers to must outlive it.
    void run(task<result<T>> work) {
        assert(!running_);
        outcome_.reset();
        place_.clear_interrupt();
        running_ = true;
        start(
            std::move(work),
            [this](result<T> got) noexcept { end(std::move(got)); },
            [this](const std::exception_ptr& why) noexcept { end(as_error(why)); }
        );
    }
    [[nodiscard]] bool running() const noexcept { return running_; }
    // It has ended, and nobody took what it gave.
    [[nodiscard]] bool here() const noexcept { return outcome_.has_value(); }

    // Until it has ended, or for `until_ns`; true = nothing runs. One coroutine at a time.
    [[nodiscard]] task<bool> wait(std::int64_t until_ns) {
        if (running_) (void)co_await place_.sleep_until(until_ns);
        co_return !running_;
    }
    [[nodiscard]] task<void> settle() {
        while (running_)
            (void)co_await place_.sleep_until(no_deadline);
    }
    // here() must be true.
    [[nodiscard]] result<T> take() {
        assert(outcome_);
        result<T> out = std::move(*outcome_);
        outcome_.reset();
        return out;
    }

private:
    static result<T> as_error(const std::exception_ptr& why) noexcept {
        try {
            std::rethrow_exception(why);
        } catch (...) {
            return current_exception_as_error("background work");
        }
    }
    void end(result<T> got) noexcept {
        outcome_.emplace(std::move(got));
        running_ = false;
        place_.interrupt();
    }

    waiter place_;
    std::optional<result<T>> outcome_;
    bool running_ = false;
};

}  // namespace qry
