// Exact decimals: text to scaled integers and back. Nothing here rounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <qry/kit/arrow/int256.hpp>
#include <qry/result.hpp>

namespace qry::arrow {

inline constexpr int max_precision128 = 38;
inline constexpr int max_precision256 = 76;

enum class decimal_fit : std::uint8_t {
    exact,
    // Not a decimal number.
    malformed,
    // More digits before the point than precision - scale.
    too_large,
    // Digits other than 0 beyond the scale.
    too_precise,
};

// "-123.450", "+.5", "7.", "1.5e3": optional sign, digits with at most one point, optional
// exponent; no spaces. The value is written only when it fits exactly. 0 <= scale <= precision.
[[nodiscard]] decimal_fit parse_decimal(
    std::string_view text, int precision, int scale, int128& value
) noexcept;
[[nodiscard]] decimal_fit parse_decimal(
    std::string_view text, int precision, int scale, int256& value
) noexcept;

// The same with a query_error that names value and type.
[[nodiscard]] result<int128> parse_decimal128(std::string_view text, int precision, int scale);
[[nodiscard]] result<int256> parse_decimal256(std::string_view text, int precision, int scale);

// Plain digits with exactly `scale` of them after the point: (-5, 2) is "-0.05". A negative scale
// appends zeros.
void append_decimal(std::string& out, int128 value, int scale);
void append_decimal(std::string& out, const int256& value, int scale);
[[nodiscard]] std::string format_decimal(int128 value, int scale);
[[nodiscard]] std::string format_decimal(const int256& value, int scale);

// 10^n for 0 <= n <= 38.
[[nodiscard]] int128 power_of_ten(int n) noexcept;
// True when the value has at most `precision` digits.
[[nodiscard]] bool fits_precision(int128 value, int precision) noexcept;
[[nodiscard]] bool fits_precision(const int256& value, int precision) noexcept;

}  // namespace qry::arrow
