// The one clock: CLOCK_MONOTONIC in nanoseconds, as the plugin ABI counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace qry::base {

// No deadline, no timer.
inline constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

// steady_clock is CLOCK_MONOTONIC in this C++ library.
[[nodiscard]] inline std::int64_t now_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch()
    )
        .count();
}

// from + by, never past never_ns; `by` is not negative.
[[nodiscard]] inline std::int64_t add_ns(std::int64_t from, std::int64_t by) noexcept {
    return by > never_ns - from ? never_ns : from + by;
}

}  // namespace qry::base
