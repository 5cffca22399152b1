#include <qry/kit/arrow/decimal.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

namespace qry::arrow {

namespace {

// As many digits as one multiply_add takes.
constexpr int chunk_digits = 18;
constexpr std::int64_t exponent_limit = 100'000;

constexpr std::array<int128, 39> make_powers() {
    std::array<int128, 39> out{};
    int128 power = 1;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = power;
        // 10^39 does not fit; it is not needed either.
        if (i + 1 < out.size()) power *= 10;
    }
    return out;
}
constexpr std::array<int128, 39> powers = make_powers();

// A number as its digits: value = digits * 10^exponent. Leading zeros are gone.
struct decimal_digits {
    bool negative = false;
    // Significant ones; too many to fit any precision are counted, not kept.
    std::array<char, max_precision256 + 1> digits{};
    std::int64_t count = 0;
    // Digits from the last one that is not zero on.
    std::int64_t trailing_zeros = 0;
    std::int64_t exponent = 0;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

void add_digit(decimal_digits& out, char c) noexcept {
    if (c == '0') {
        if (out.count == 0) return;
        ++out.trailing_zeros;
    } else {
        out.trailing_zeros = 0;
    }
    if (out.count < static_cast<std::int64_t>(out.digits.size())) {
        out.digits[static_cast<std::size_t>(out.count)] = c;
    }
    ++out.count;
}

bool scan_exponent(std::string_view text, std::int64_t& exponent) noexcept {
    bool negative = false;
    if (text.starts_with('+') || text.starts_with('-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return false;
    std::int64_t value = 0;
    for (char c : text)
        value = std::min(value * 10 + (c - '0'), exponent_limit);
    exponent += negative ? -value : value;
    return true;
}

bool scan(std::string_view text, decimal_digits& out) noexcept {
    if (text.starts_with('+') || text.starts_with('-')) {
        out.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    bool point = false;
    bool any = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            any = true;
            add_digit(out, c);
            if (point) --out.exponent;
        } else if (c == '.' && !point) {
            point = true;
        } else {
            const bool exponent = any && (c == 'e' || c == 'E');
            return exponent && scan_exponent(text.substr(i + 1), out.exponent);
        }
    }
    return any;
}

bool accumulate(int128& value, std::uint64_t factor, std::uint64_t add) noexcept {
    return multiply_add(value, factor, add);
}
bool accumulate(int256& value, std::uint64_t factor, std::uint64_t add) noexcept {
    return value.multiply_add(factor, add);
}
void negate(int128& value) noexcept {
    value = -value;
}
void negate(int256& value) noexcept {
    value.negate();
}

// The digits, then `zeros` zeros.
template <class Int>
bool assemble(std::string_view digits, std::int64_t zeros, Int& value) noexcept {
    while (!digits.empty()) {
        const auto take = std::min<std::size_t>(digits.size(), chunk_digits);
        std::uint64_t chunk = 0;
        for (char c : digits.substr(0, take))
            chunk = chunk * 10 + static_cast<unsigned>(c - '0');
        if (!accumulate(value, static_cast<std::uint64_t>(powers[take]), chunk)) return false;
        digits.remove_prefix(take);
    }
    while (zeros > 0) {
        const auto step = std::min<std::int64_t>(zeros, chunk_digits);
        const auto factor = static_cast<std::uint64_t>(powers[static_cast<std::size_t>(step)]);
        if (!accumulate(value, factor, 0)) return false;
        zeros -= step;
    }
    return true;
}

template <class Int>
decimal_fit parse(std::string_view text, int precision, int scale, Int& value) noexcept {
    decimal_digits number;
    if (!scan(text, number)) return decimal_fit::malformed;
    if (number.count == 0) {
        value = Int(0);
        return decimal_fit::exact;
    }
    const std::int64_t shift = number.exponent + scale;
    if (number.count + shift > precision) return decimal_fit::too_large;
    if (shift < 0 && -shift > number.trailing_zeros) return decimal_fit::too_precise;
    // What is left has at most `precision` digits, so that it was kept in full.
    const auto kept = static_cast<std::size_t>(number.count + std::min<std::int64_t>(shift, 0));
    Int out(0);
    if (!assemble(std::string_view(number.digits.data(), kept), shift, out)) {
        return decimal_fit::too_large;
    }
    if (number.negative) negate(out);
    value = out;
    return decimal_fit::exact;
}

template <class Int>
result<Int> parse_or_refuse(std::string_view text, int precision, int scale, const char* type) {
    Int value(0);
    const decimal_fit fit = parse(text, precision, scale, value);
    if (fit == decimal_fit::exact) return value;
    constexpr std::size_t most = 120;
    std::string message = "'" + std::string(text.substr(0, most)) + "' ";
    switch (fit) {
        case decimal_fit::too_large:
            message += "is too large for ";
            break;
        case decimal_fit::too_precise:
            message += "has more decimal places than ";
            break;
        case decimal_fit::malformed:
        case decimal_fit::exact:
            message += "is not a decimal number, as expected for ";
            break;
    }
    message +=
        std::string(type) + "(" + std::to_string(precision) + ", " + std::to_string(scale) + ")";
    return error{.kind = status::query_error, .message = std::move(message)};
}

// Digits of a magnitude, most significant first.
std::string magnitude(uint128 value) {
    char digits[40];
    char* at = digits + sizeof(digits);
    do {
        *--at = static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    return {at, digits + sizeof(digits)};
}

std::string magnitude(int256 value) {
    constexpr auto chunk = static_cast<std::uint64_t>(1'000'000'000'000'000'000);
    std::string out;
    do {
        std::string part = std::to_string(value.divide(chunk));
        if (!value.is_zero()) part.insert(0, chunk_digits - part.size(), '0');
        out.insert(0, part);
    } while (!value.is_zero());
    return out;
}

void append_scaled(std::string& out, bool negative, std::string digits, int scale) {
    if (negative) out += '-';
    if (scale <= 0) {
        out += digits;
        if (digits != "0") out.append(static_cast<std::size_t>(-scale), '0');
        return;
    }
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    out.append(digits, 0, digits.size() - places);
    out += '.';
    out.append(digits, digits.size() - places);
}

}  // namespace

decimal_fit parse_decimal(std::string_view text, int precision, int scale, int128& value) noexcept {
    assert(precision <= max_precision128);
    return parse(text, precision, scale, value);
}

decimal_fit parse_decimal(std::string_view text, int precision, int scale, int256& value) noexcept {
    assert(precision <= max_precision256);
    return parse(text, precision, scale, value);
}

result<int128> parse_decimal128(std::string_view text, int precision, int scale) {
    return parse_or_refuse<int128>(text, precision, scale, "decimal128");
}

result<int256> parse_decimal256(std::string_view text, int precision, int scale) {
    return parse_or_refuse<int256>(text, precision, scale, "decimal256");
}

void append_decimal(std::string& out, int128 value, int scale) {
    const auto bits = static_cast<uint128>(value);
    append_scaled(out, value < 0, magnitude(value < 0 ? ~bits + 1 : bits), scale);
}

void append_decimal(std::string& out, const int256& value, int scale) {
    int256 positive = value;
    if (value.negative()) positive.negate();
    append_scaled(out, value.negative(), magnitude(positive), scale);
}

std::string format_decimal(int128 value, int scale) {
    std::string out;
    append_decimal(out, value, scale);
    return out;
}

std::string format_decimal(const int256& value, int scale) {
    std::string out;
    append_decimal(out, value, scale);
    return out;
}

int128 power_of_ten(int n) noexcept {
    assert(n >= 0 && n <= max_precision128);
    return powers[static_cast<std::size_t>(n)];
}

bool fits_precision(int128 value, int precision) noexcept {
    const int128 limit = power_of_ten(precision);
    return value < limit && value > -limit;
}

bool fits_precision(const int256& value, int precision) noexcept {
    assert(precision <= max_precision256);
    // Most values are far from needing more than 128 bits, and what fits those has 39 digits.
    const std::uint64_t sign = (value.words[1] >> 63) != 0 ? ~std::uint64_t{0} : 0;
    if (precision > max_precision128 && value.words[2] == sign && value.words[3] == sign) {
        return true;
    }
    int256 limit(power_of_ten(std::min(precision, max_precision128)));
    for (int n = max_precision128; n < precision; ++n) {
        // 10^76 is below 2^253.
        if (!limit.multiply_add(10, 0)) return true;
    }
    int256 positive = value;
    if (value.negative()) positive.negate();
    // Only the lowest value of all stays negative.
    return !positive.negative() && positive < limit;
}

}  // namespace qry::arrow
