// The errors that the host makes itself, worded in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <qry/error.hpp>

#include "base/deadline.hpp"

namespace qry::base {

// "250 ms", "1.5 s", "5 min": for people, rounded to three digits.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds value);

// The deadline passed while the work was `doing` ("executing", "connecting").
[[nodiscard]] error query_timeout_error(
    const deadline& limit, std::int64_t now, std::string_view doing
);
// The deadline passed while waiting for one of `sessions` sessions.
[[nodiscard]] error pool_timeout_error(const deadline& limit, std::int64_t now, int sessions);
[[nodiscard]] error cancelled_error();
// what: "datasource 'sales'", "the host".
[[nodiscard]] error closed_error(std::string_view what);
// A datasource that somebody removed while it was in use.
[[nodiscard]] error removed_error(const std::string& datasource);
// The plugin broke the contract of the ABI; the sentence says how.
[[nodiscard]] error contract_error(std::string_view plugin, std::string_view sentence);
[[nodiscard]] error unsupported_error(std::string_view plugin, std::string_view what);

}  // namespace qry::base
