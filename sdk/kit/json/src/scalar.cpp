#include "scalar.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

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

template <class T>
bool append_integer(std::string_view text, bool, cell& to) {
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

template <class T>
bool append_float(std::string_view text, bool quoted, cell& to) {
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
    static_cast<Builder&>(*to.builder).append(text);
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
