#include "numeric.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include <qry/kit/arrow/decimal.hpp>

#include "bytes.hpp"

namespace qry::postgresql {

namespace {

using arrow::int128;
using arrow::int256;

constexpr std::uint16_t sign_negative = 0x4000;
constexpr std::uint16_t sign_nan = 0xC000;
constexpr std::uint16_t sign_infinity = 0xD000;
constexpr std::uint16_t sign_minus_infinity = 0xF000;

constexpr std::uint64_t small_powers[] = {
    1,
    10,
    100,
    1'000,
    10'000,
    100'000,
    1'000'000,
    10'000'000,
    100'000'000,
    1'000'000'000,
    10'000'000'000,
    100'000'000'000,
    1'000'000'000'000,
    10'000'000'000'000,
    100'000'000'000'000,
    1'000'000'000'000'000,
    10'000'000'000'000'000,
    100'000'000'000'000'000,
    1'000'000'000'000'000'000};

std::uint64_t digit(const numeric_value& n, int i) noexcept {
    return load<std::uint16_t>(n.digits + 2 * i);
}

// The power of ten that the integer made of all digits stands at, once the value is multiplied by
// 10^scale.
int exponent_of(const numeric_value& n, int scale) noexcept {
    return 4 * (n.weight - n.digit_count + 1) + scale;
}

std::uint64_t small_integer(const numeric_value& n) noexcept {
    std::uint64_t all = 0;
    for (int i = 0; i < n.digit_count; ++i)
        all = all * 10'000 + digit(n, i);
    return all;
}

// Without digits that are only zeros at the right end, which a server of ours never sends but
// which change nothing.
int significant(const numeric_value& n) noexcept {
    int count = n.digit_count;
    while (count > 0 && digit(n, count - 1) == 0)
        --count;
    return count;
}

numeric_fit finish(int128 value, bool negative, int precision, int128& out) noexcept {
    if (value >= arrow::power_of_ten(precision)) return numeric_fit::too_large;
    out = negative ? -value : value;
    return numeric_fit::exact;
}

// The general way: 256 bits hold every decimal of 76 digits.
numeric_fit wide(const numeric_value& given, int precision, int scale, int256& out) noexcept {
    numeric_value n = given;
    n.digit_count = significant(given);
    out = int256();
    if (n.digit_count == 0) return numeric_fit::exact;
    const int exponent = exponent_of(n, scale);
    // The last digit group is not zero, so at most three of its places can be.
    if (exponent < -3) return numeric_fit::too_precise;
    const int cut = std::max(0, -exponent);
    int256 value;
    for (int i = 0; i < n.digit_count; ++i) {
        std::uint64_t d = digit(n, i);
        std::uint64_t factor = 10'000;
        if (i == n.digit_count - 1 && cut > 0) {
            if (d % small_powers[cut] != 0) return numeric_fit::too_precise;
            d /= small_powers[cut];
            factor = small_powers[4 - cut];
        }
        if (!value.multiply_add(factor, d)) return numeric_fit::too_large;
    }
    for (int left = exponent; left > 0;) {
        const int step = std::min(left, 18);
        if (!value.multiply_add(small_powers[step], 0)) return numeric_fit::too_large;
        left -= step;
    }
    if (!arrow::fits_precision(value, precision)) return numeric_fit::too_large;
    if (n.negative) value.negate();
    out = value;
    return numeric_fit::exact;
}

}  // namespace

std::optional<numeric_value> read_numeric(std::span<const std::uint8_t> bytes) noexcept {
    if (bytes.size() < 8) return std::nullopt;
    const std::uint8_t* at = bytes.data();
    numeric_value n;
    n.digit_count = load<std::uint16_t>(at);
    n.weight = load<std::int16_t>(at + 2);
    const auto sign = load<std::uint16_t>(at + 4);
    n.scale = load<std::uint16_t>(at + 6);
    n.digits = at + 8;
    if (bytes.size() != 8 + 2 * static_cast<std::size_t>(n.digit_count)) return std::nullopt;
    switch (sign) {
        case 0:
            break;
        case sign_negative:
            n.negative = true;
            break;
        case sign_nan:
            n.what = numeric_value::kind::nan;
            break;
        case sign_infinity:
            n.what = numeric_value::kind::infinity;
            break;
        case sign_minus_infinity:
            n.what = numeric_value::kind::minus_infinity;
            break;
        default:
            return std::nullopt;
    }
    if (n.scale > 0x3fff) return std::nullopt;
    bool fine = true;
    for (int i = 0; i < n.digit_count; ++i)
        fine &= digit(n, i) < 10'000;
    if (!fine) return std::nullopt;
    return n;
}

numeric_fit to_decimal(const numeric_value& n, int precision, int scale, int128& out) noexcept {
    if (n.what != numeric_value::kind::finite) return numeric_fit::not_finite;
    const int exponent = exponent_of(n, scale);
    if (n.digit_count <= 4 && exponent >= -4 && exponent <= 18) [[likely]] {
        const std::uint64_t all = small_integer(n);
        if (exponent >= 0) {
            const int128 value = static_cast<int128>(all) * small_powers[exponent];
            return finish(value, n.negative, precision, out);
        }
        const std::uint64_t cut = small_powers[-exponent];
        if (all % cut != 0) return numeric_fit::too_precise;
        return finish(static_cast<int128>(all / cut), n.negative, precision, out);
    }
    int256 value;
    const numeric_fit fit = wide(n, precision, scale, value);
    if (fit != numeric_fit::exact) return fit;
    const auto low = (static_cast<arrow::uint128>(value.words[1]) << 64) | value.words[0];
    out = static_cast<int128>(low);
    return numeric_fit::exact;
}

numeric_fit to_decimal(const numeric_value& n, int precision, int scale, int256& out) noexcept {
    if (n.what != numeric_value::kind::finite) return numeric_fit::not_finite;
    int256 value;
    const numeric_fit fit = wide(n, precision, scale, value);
    if (fit == numeric_fit::exact) out = value;
    return fit;
}

double to_double(const numeric_value& n) {
    switch (n.what) {
        case numeric_value::kind::nan:
            return std::numeric_limits<double>::quiet_NaN();
        case numeric_value::kind::infinity:
            return std::numeric_limits<double>::infinity();
        case numeric_value::kind::minus_infinity:
            return -std::numeric_limits<double>::infinity();
        case numeric_value::kind::finite:
            break;
    }
    const int exponent = exponent_of(n, 0);
    if (n.digit_count <= 4 && exponent >= -16 && exponent <= 16) {
        const std::uint64_t all = small_integer(n);
        // Both sides are exact doubles, so that one operation rounds correctly.
        if (all <= (std::uint64_t{1} << 53)) {
            const auto whole = static_cast<double>(all);
            const auto power = static_cast<double>(small_powers[std::abs(exponent)]);
            const double value = exponent < 0 ? whole / power : whole * power;
            return n.negative ? -value : value;
        }
    }
    std::string text(text_bound(n), '\0');
    text.resize(write_text(n, text.data()));
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec == std::errc::result_out_of_range && n.weight > 0) {
        value = std::numeric_limits<double>::infinity();
        return n.negative ? -value : value;
    }
    return value;
}

std::size_t text_bound(const numeric_value& n) noexcept {
    const int whole = n.weight >= 0 ? 4 * (n.weight + 1) : 1;
    // Sign, point, one group more than is shown, and the length of "-Infinity".
    return static_cast<std::size_t>(whole) + static_cast<std::size_t>(n.scale) + 16;
}

std::size_t write_text(const numeric_value& n, char* out) noexcept {
    const auto word = [out](std::string_view text) {
        std::memcpy(out, text.data(), text.size());
        return text.size();
    };
    switch (n.what) {
        case numeric_value::kind::nan:
            return word("NaN");
        case numeric_value::kind::infinity:
            return word("Infinity");
        case numeric_value::kind::minus_infinity:
            return word("-Infinity");
        case numeric_value::kind::finite:
            break;
    }
    char* at = out;
    if (n.negative) *at++ = '-';
    const auto group = [&n](int i) -> std::uint64_t {
        return i >= 0 && i < n.digit_count ? digit(n, i) : 0;
    };
    if (n.weight < 0) {
        *at++ = '0';
    } else {
        at = std::to_chars(at, at + 8, group(0)).ptr;
        for (int i = 1; i <= n.weight; ++i) {
            const std::uint64_t d = group(i);
            *at++ = static_cast<char>('0' + d / 1000);
            *at++ = static_cast<char>('0' + d / 100 % 10);
            *at++ = static_cast<char>('0' + d / 10 % 10);
            *at++ = static_cast<char>('0' + d % 10);
        }
    }
    if (n.scale > 0) {
        *at++ = '.';
        int left = n.scale;
        for (int i = n.weight + 1; left > 0; ++i) {
            const std::uint64_t d = group(i);
            for (int place = 3; place >= 0 && left > 0; --place, --left) {
                *at++ = static_cast<char>('0' + d / small_powers[place] % 10);
            }
        }
    }
    return static_cast<std::size_t>(at - out);
}

}  // namespace qry::postgresql
