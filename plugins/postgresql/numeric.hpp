// The server's binary numeric: groups of four decimal digits, exact to thousands of places.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <qry/kit/arrow/int256.hpp>

namespace qry::postgresql {

struct numeric_value {
    enum class kind : std::uint8_t { finite, nan, infinity, minus_infinity };
    kind what = kind::finite;
    bool negative = false;
    // Value = sum of digit(i) * 10000^(weight - i).
    int digit_count = 0;
    int weight = 0;
    // Digits after the point when shown.
    int scale = 0;
    // Big-endian, two bytes each, all below 10000.
    const std::uint8_t* digits = nullptr;
};

// Borrows `bytes`. Nothing when they are not a numeric.
[[nodiscard]] std::optional<numeric_value> read_numeric(std::span<const std::uint8_t> bytes
) noexcept;

enum class numeric_fit : std::uint8_t {
    exact,
    too_large,
    // Has digits beyond the scale.
    too_precise,
    // NaN or infinite.
    not_finite
};

// value * 10^scale as an integer of at most `precision` digits; nothing is rounded. Writes only
// when exact.
[[nodiscard]] numeric_fit to_decimal(
    const numeric_value& n, int precision, int scale, arrow::int128& out
) noexcept;
[[nodiscard]] numeric_fit to_decimal(
    const numeric_value& n, int precision, int scale, arrow::int256& out
) noexcept;

// The nearest double; NaN and infinities are themselves.
[[nodiscard]] double to_double(const numeric_value& n);

// At least as many bytes as write_text() writes.
[[nodiscard]] std::size_t text_bound(const numeric_value& n) noexcept;
// As the server prints it: "-12.50", "NaN", "-Infinity". Returns the bytes written.
[[nodiscard]] std::size_t write_text(const numeric_value& n, char* out) noexcept;

}  // namespace qry::postgresql
