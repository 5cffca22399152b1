// The loop's clock: CLOCK_MONOTONIC in nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>

namespace qry::starburst {

inline std::int64_t now_ns() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

inline constexpr std::int64_t millisecond = 1'000'000;

}  // namespace qry::starburst
