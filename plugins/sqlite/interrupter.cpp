#include "interrupter.hpp"

#include <algorithm>
#include <limits>

namespace qry::sqlite {

namespace {

// About ten microseconds of work between two looks at the flag.
constexpr int instructions_between_looks = 1'000;

}  // namespace

void interrupter::install(sqlite3* db) noexcept {
    sqlite3_progress_handler(db, instructions_between_looks, &interrupter::on_progress, this);
    sqlite3_busy_handler(db, &interrupter::on_busy, this);
}

void interrupter::begin(std::int64_t deadline_ns) noexcept {
    using clock = std::chrono::steady_clock;
    // steady_clock is CLOCK_MONOTONIC here, so that its epoch is that of deadline_ns.
    deadline_ = deadline_ns == std::numeric_limits<std::int64_t>::max()
                    ? clock::time_point::max()
                    : clock::time_point(std::chrono::nanoseconds(deadline_ns));
    const std::lock_guard lock(mutex_);
    in_verb_ = true;
}

bool interrupter::end() noexcept {
    const std::lock_guard lock(mutex_);
    in_verb_ = false;
    return requested_.exchange(false);
}

void interrupter::request() noexcept {
    const std::lock_guard lock(mutex_);
    if (!in_verb_) return;
    requested_ = true;
    asked_.notify_all();
}

int interrupter::on_progress(void* self) noexcept {
    return static_cast<interrupter*>(self)->requested() ? 1 : 0;
}

int interrupter::on_busy(void* self, int tries) noexcept {
    return static_cast<interrupter*>(self)->wait_for_lock(tries) ? 1 : 0;
}

bool interrupter::wait_for_lock(int tries) noexcept {
    using namespace std::chrono_literals;
    using clock = std::chrono::steady_clock;
    constexpr clock::duration steps[] = {1ms, 2ms, 5ms, 10ms, 20ms, 50ms};
    const clock::time_point now = clock::now();
    if (tries == 0) {
        const bool far = busy_timeout_ > clock::time_point::max() - now;
        give_up_ = far ? deadline_ : std::min(deadline_, now + busy_timeout_);
    }
    if (now >= give_up_) return false;
    const auto step = steps[std::min<std::size_t>(static_cast<std::size_t>(tries), 5)];
    const clock::time_point until = std::min(give_up_, now + step);
    std::unique_lock lock(mutex_);
    return !asked_.wait_until(lock, until, [this] { return requested(); });
}

}  // namespace qry::sqlite
