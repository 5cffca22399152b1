// The clock of every deadline in the ABI.
#pragma once

#include <cstdint>
#include <ctime>

namespace qry {

inline constexpr std::int64_t millisecond = 1'000'000;

[[nodiscard]] inline std::int64_t now_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// at + span, without running over.
[[nodiscard]] inline std::int64_t later(std::int64_t at, std::int64_t span) noexcept {
    std::int64_t sum;
    return __builtin_add_overflow(at, span, &sum) ? INT64_MAX : sum;
}

}  // namespace qry
