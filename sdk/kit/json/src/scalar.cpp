#include "scalar.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/text/base64.hpp>
#include <qry/kit/text/hex.hpp>

namespace qry::json {

namespace {

using arrow::type_id;

template <class T>
arrow::fixed_builder<T>& fixed(cell& c) noexcept {
    return static_cast<arrow::fixed_builder<T>&>(*c.builder);
}

bool append_bool(std::string_view text, bool, cell& to) {
    const bool yes = text == "true";
    if (!yes && text != "false") return false;
    static_cast<arrow::bool_builder&>(*to.builder).append(yes);
    return true;
}

// All are exact in a double's 53 bits.
constexpr std::size_t exact_double_digits = 15;

// The digits from `at` on, appended to `value`; where they end.
const char* take_digits(const char* at, const char* end, std::uint64_t& value) noexcept {
    for (; at != end; ++at) {
        const auto digit = static_cast<unsigned>(*at - '0');
        if (digit > 9) break;
        value = value * 10 + digit;
    }
    return at;
}

// One to eight digits and nothing else. Reads eight bytes, which every text of a page has.
bool few_digits(const char* text, std::size_t size, std::uint64_t& value) noexcept {
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t zeros = 0x3030303030303030;
    constexpr std::uint64_t high = 0xF0F0F0F0F0F0F0F0;
    std::uint64_t chars = 0;
    std::memcpy(&chars, text, sizeof(chars));
    // The last digit in the highest byte, zeros before the first.
    chars = (chars - zeros) << (64 - 8 * size);
    if (((chars | (chars + 0x0606060606060606)) & high) != 0) return false;
    // Pairs, then fours, then all.
    chars = chars * 10 + (chars >> 8);
    constexpr std::uint64_t mask = 0x000000FF000000FF;
    constexpr std::uint64_t hundreds = 0x000F424000000064;
    constexpr std::uint64_t ones = 0x0000271000000001;
    value = ((chars & mask) * hundreds + ((chars >> 16) & mask) * ones) >> 32;
    return true;
}

template <class T>
bool append_integer(std::string_view text, bool, cell& to) {
    const bool minus = std::is_signed_v<T> && text.starts_with('-');
    const std::size_t count = text.size() - (minus ? 1 : 0);
    std::uint64_t digits = 0;
    if (sizeof(T) >= 4 && count - 1 < 8 &&
        few_digits(text.data() + (minus ? 1 : 0), count, digits)) {
        const auto value = static_cast<T>(digits);
        fixed<T>(to).append(minus ? static_cast<T>(0 - value) : value);
        return true;
    }
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || stop != end) return false;
    fixed<T>(to).append(value);
    return true;
}

template <class T>
bool special(std::string_view text, T& value) noexcept {
    if (text == "NaN" || text == "nan") {
        value = std::numeric_limits<T>::quiet_NaN();
    } else if (text == "Infinity" || text == "inf" || text == "+Infinity") {
        value = std::numeric_limits<T>::infinity();
    } else if (text == "-Infinity" || text == "-inf") {
        value = -std::numeric_limits<T>::infinity();
    } else {
        return false;
    }
    return true;
}

// "-123.45" with few digits: a quotient of two doubles that are exact is rounded once, as the
// nearest double must be (Clinger 1990). False = not of this form.
bool short_double(std::string_view text, double& value) noexcept {
    static constexpr double powers[] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool minus = text[0] == '-';
    const char* const begin = text.data() + (minus ? 1 : 0);
    const char* const end = text.data() + text.size();
    // The point, too.
    if (static_cast<std::size_t>(end - begin) > exact_double_digits + 1) return false;
    std::uint64_t digits = 0;
    const char* const point = take_digits(begin, end, digits);
    if (point == begin || end - point < 2 || *point != '.') return false;
    if (take_digits(point + 1, end, digits) != end) return false;
    value = static_cast<double>(digits) / powers[end - point - 1];
    if (minus) value = -value;
    return true;
}

template <class T>
bool append_float(std::string_view text, bool quoted, cell& to) {
    if constexpr (std::is_same_v<T, double>) {
        double value = 0;
        if (!text.empty() && short_double(text, value)) {
            fixed<double>(to).append(value);
            return true;
        }
    }
    T value{};
    const char* end = text.data() + text.size();
    // from_chars would also take "inf" and "nan(…)" bare.
    const bool number =
        !text.empty() && (text[0] == '-' ? text.size() > 1 && text[1] <= '9' : text[0] <= '9');
    if (number) {
        const auto [stop, failure] = std::from_chars(text.data(), end, value);
        if (stop != end || failure != std::errc()) {
            // Out of range is exact only as zero or infinity, which it is not.
            return false;
        }
    } else if (!quoted || !special(text, value)) {
        return false;
    }
    fixed<T>(to).append(value);
    return true;
}

template <class T>
bool append_decimal(std::string_view text, bool, cell& to) {
    T value{};
    const arrow::data_type& type = to.plan->type;
    const auto fit = arrow::parse_decimal(text, type.precision(), type.scale(), value);
    if (fit != arrow::decimal_fit::exact) return false;
    fixed<T>(to).append(value);
    return true;
}

template <class Builder>
bool append_text(std::string_view text, bool quoted, cell& to) {
    if (!quoted) return false;
    static_cast<Builder&>(*to.builder).append_padded(text);
    return true;
}

template <class Builder>
bool append_base64(std::string_view text, bool quoted, cell& to) {
    if (!quoted) return false;
    auto& out = static_cast<Builder&>(*to.builder);
    char* at = out.prepare(text::base64_room(text.size()));
    const auto size = text::decode_base64(text, at);
    if (!size) return false;
    out.commit(*size);
    return true;
}

template <class Builder>
bool append_hex(std::string_view text, bool quoted, cell& to) {
    if (!quoted || text.size() % 2 != 0) return false;
    auto& out = static_cast<Builder&>(*to.builder);
    char* at = out.prepare(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = text::hex_digit(text[i]);
        const int low = text::hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return false;
        *at++ = static_cast<char>(high * 16 + low);
    }
    out.commit(text.size() / 2);
    return true;
}

bool append_date(std::string_view text, bool quoted, cell& to) {
    if (!quoted) return false;
    const auto days = arrow::parse_date(text);
    if (!days || *days < std::numeric_limits<std::int32_t>::min() ||
        *days > std::numeric_limits<std::int32_t>::max()) {
        return false;
    }
    fixed<std::int32_t>(to).append(static_cast<std::int32_t>(*days));
    return true;
}

template <class T>
bool append_time(std::string_view text, bool quoted, cell& to) {
    if (!quoted) return false;
    const auto value = arrow::parse_time(text, to.digits);
    if (!value) return false;
    fixed<T>(to).append(static_cast<T>(*value));
    return true;
}

bool append_timestamp(std::string_view text, bool quoted, cell& to) {
    if (!quoted) return false;
    const bool zoned = !to.plan->type.zone().empty();
    bool utc = false;
    if (zoned && text.ends_with(" UTC")) {
        text.remove_suffix(4);
        utc = true;
    }
    const auto value = arrow::parse_timestamp(text, to.digits);
    // A wall clock in an instant's column, or the other way round, would be a guess.
    if (!value || (value->offset_seconds.has_value() || utc) != zoned) return false;
    if (utc && value->offset_seconds) return false;
    fixed<std::int64_t>(to).append(value->value);
    return true;
}

bool append_custom(std::string_view text, bool, cell& to) {
    return to.plan->convert(text, *to.plan, *to.builder);
}

bool append_nothing(std::string_view, bool, cell&) {
    return false;
}

template <class Builder>
append_fn bytes_by(form as, bool text) {
    if (as == form::base64 && !text) return &append_base64<Builder>;
    if (as == form::hex && !text) return &append_hex<Builder>;
    if (as == form::plain) return &append_text<Builder>;
    return nullptr;
}

append_fn plain_by(const arrow::data_type& type) {
    switch (type.id()) {
        case type_id::null:
            return &append_nothing;
        case type_id::boolean:
            return &append_bool;
        case type_id::int8:
            return &append_integer<std::int8_t>;
        case type_id::int16:
            return &append_integer<std::int16_t>;
        case type_id::int32:
            return &append_integer<std::int32_t>;
        case type_id::int64:
            return &append_integer<std::int64_t>;
        case type_id::uint8:
            return &append_integer<std::uint8_t>;
        case type_id::uint16:
            return &append_integer<std::uint16_t>;
        case type_id::uint32:
            return &append_integer<std::uint32_t>;
        case type_id::uint64:
            return &append_integer<std::uint64_t>;
        case type_id::float32:
            return &append_float<float>;
        case type_id::float64:
            return &append_float<double>;
        case type_id::decimal128:
            return &append_decimal<arrow::int128>;
        case type_id::decimal256:
            return &append_decimal<arrow::int256>;
        case type_id::date32:
            return &append_date;
        case type_id::time32:
            return &append_time<std::int32_t>;
        case type_id::time64:
            return &append_time<std::int64_t>;
        case type_id::timestamp:
            return &append_timestamp;
        default:
            return nullptr;
    }
}

append_fn scalar_by(const column& plan) {
    if (plan.as == form::custom) return plan.convert != nullptr ? &append_custom : nullptr;
    const type_id id = plan.type.id();
    if (id == type_id::utf8 || id == type_id::binary) {
        return bytes_by<arrow::binary_builder>(plan.as, id == type_id::utf8);
    }
    if (id == type_id::large_utf8 || id == type_id::large_binary) {
        return bytes_by<arrow::large_binary_builder>(plan.as, id == type_id::large_utf8);
    }
    return plan.as == form::plain ? plain_by(plan.type) : nullptr;
}

}  // namespace

void choose(cell& c, const column& plan) {
    c.plan = &plan;
    switch (plan.type.id()) {
        case type_id::list:
            c.kind = nesting::list;
            return;
        case type_id::structure:
            c.kind = nesting::structure;
            return;
        case type_id::map:
            c.kind = nesting::map;
            return;
        case type_id::time32:
        case type_id::time64:
        case type_id::timestamp:
            c.digits = arrow::fraction_digits(plan.type.unit());
            break;
        default:
            break;
    }
    if (plan.as == form::raw) {
        if (plan.type.id() != type_id::utf8) {
            throw std::invalid_argument("column " + plan.name + ": raw JSON is text");
        }
        c.kind = nesting::raw;
        return;
    }
    c.append = scalar_by(plan);
    if (c.append == nullptr) {
        throw std::invalid_argument(
            "column " + plan.name + ": no such form of " + plan.type.name()
        );
    }
}

}  // namespace qry::json
