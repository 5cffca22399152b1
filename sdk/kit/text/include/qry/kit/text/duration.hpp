// Durations as people type them into parameters and options.
#pragma once

#include <chrono>
#include <string_view>

#include <qry/result.hpp>

namespace qry::text {

// "250ms", "90s", "5m", "2h", or a plain number of seconds; decimals are allowed ("0.5", "1.5m").
// Zero, negative, not finite, too long for 64-bit nanoseconds (292 years), empty and anything else
// is invalid_parameter; the message names `parameter` and quotes the value.
[[nodiscard]] result<std::chrono::nanoseconds> parse_duration(
    std::string_view text, std::string_view parameter
);

}  // namespace qry::text
