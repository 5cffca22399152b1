// Civil time without a time zone database: days, times of day and ISO-8601 text, in the proleptic
// Gregorian calendar. Year 0 is 1 BC, as in ISO 8601.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

struct civil_date {
    std::int64_t year;
    int month;
    int day;
    friend bool operator==(const civil_date&, const civil_date&) = default;
};

inline constexpr std::int64_t seconds_per_day = 86'400;
inline constexpr std::int64_t micros_per_second = 1'000'000;
inline constexpr std::int64_t micros_per_day = seconds_per_day * micros_per_second;

// Days since 1970-01-01. The date must be valid.
[[nodiscard]] std::int64_t days_from_civil(const civil_date& date) noexcept;
[[nodiscard]] civil_date civil_from_days(std::int64_t days) noexcept;
[[nodiscard]] bool valid_date(const civil_date& date) noexcept;

// "2024-02-29", "-0044-03-15", "+12024-01-01", "0044-03-15 BC": days since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text) noexcept;
// "hh:mm", "hh:mm:ss", "hh:mm:ss.f…" with at most `digits` of fraction that are not zero: units of
// 10^-digits s since midnight. 24:00:00 is allowed, :60 is not.
[[nodiscard]] std::optional<std::int64_t> parse_time(
    std::string_view text, int digits = 6
) noexcept;

struct parsed_timestamp {
    // In units of 10^-digits s since 1970; in UTC when there is an offset, else wall clock.
    std::int64_t value = 0;
    // "Z", "+02", "+02:00", "+0200" or "+02:00:30" was given: seconds east of UTC.
    std::optional<std::int32_t> offset_seconds{};
};
// Date, "T" or a space, time, optional offset; or a date alone (midnight). Nothing when malformed,
// more precise than `digits`, or out of 64 bits.
[[nodiscard]] std::optional<parsed_timestamp> parse_timestamp(
    std::string_view text, int digits = 6
) noexcept;

// "2024-02-29", "-0044-03-15" (ISO: 45 BC), "+12024-01-01".
void append_date(std::string& out, std::int64_t days);
// "13:05:00", fraction without trailing zeros, in groups of three digits.
void append_time(std::string& out, std::int64_t value, time_unit unit);
// "2024-02-29 13:05:00.5"; the caller appends "Z" or a zone.
void append_timestamp(std::string& out, std::int64_t value, time_unit unit);
// "PT1H2M3.5S", "-PT0.000001S".
void append_duration(std::string& out, std::int64_t value, time_unit unit);

[[nodiscard]] std::int64_t units_per_second(time_unit unit) noexcept;
// Digits behind the seconds: 0, 3, 6 or 9.
[[nodiscard]] int fraction_digits(time_unit unit) noexcept;

}  // namespace qry::arrow
