#include "values.hpp"

#include <optional>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/text/utf8.hpp>

namespace qry::sqlite {

namespace {

using arrow::binary_builder;
using arrow::column_builder;
using arrow::fixed_builder;

// False: the value does not fit.
using outcome = bool;

outcome append_integer(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_INTEGER) return false;
    static_cast<fixed_builder<std::int64_t>&>(to).append(value.integer());
    return true;
}

outcome append_boolean(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_INTEGER) return false;
    const std::int64_t number = value.integer();
    if (number != 0 && number != 1) return false;
    static_cast<arrow::bool_builder&>(to).append(number == 1);
    return true;
}

outcome append_real(column_builder& to, const cell& value) {
    const bool whole = value.storage() == SQLITE_INTEGER && is_exact_double(value.integer());
    if (value.storage() != SQLITE_FLOAT && !whole) return false;
    static_cast<fixed_builder<double>&>(to).append(value.real());
    return true;
}

template <class Int>
outcome append_decimal(column_builder& to, const column_plan& plan, const cell& value) {
    if (value.storage() == SQLITE_BLOB) return false;
    Int parsed(0);
    const std::string text = value.number_text();
    const auto fit = arrow::parse_decimal(text, plan.type.precision(), plan.type.scale(), parsed);
    if (fit != arrow::decimal_fit::exact) return false;
    static_cast<fixed_builder<Int>&>(to).append(parsed);
    return true;
}

outcome append_decimal_text(column_builder& to, const cell& value) {
    if (value.storage() == SQLITE_BLOB) return false;
    const std::string text = value.number_text();
    arrow::int256 ignored;
    const auto fit = arrow::parse_decimal(text, arrow::max_precision256, 0, ignored);
    // Too large and too precise for an integer are fine; words are not.
    if (fit == arrow::decimal_fit::malformed) return false;
    static_cast<binary_builder&>(to).append(text);
    return true;
}

outcome append_text(column_builder& to, const cell& value) {
    auto& builder = static_cast<binary_builder&>(to);
    if (value.storage() == SQLITE_TEXT) {
        const std::string_view text = value.bytes();
        if (!text::is_valid_utf8(text)) return false;
        builder.append(text);
        return true;
    }
    if (value.storage() == SQLITE_BLOB) return false;
    // A column of text affinity holds no numbers; one declared STRING does.
    builder.append(value.number_text());
    return true;
}

outcome append_uuid(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_BLOB) return append_text(to, value);
    const std::string_view raw = value.bytes();
    if (raw.size() != 16) return false;
    constexpr char hex[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex[(static_cast<unsigned char>(raw[i]) >> 4) & 0xF];
        text += hex[static_cast<unsigned char>(raw[i]) & 0xF];
    }
    static_cast<binary_builder&>(to).append(text);
    return true;
}

outcome append_binary(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_BLOB && value.storage() != SQLITE_TEXT) return false;
    static_cast<binary_builder&>(to).append(value.bytes());
    return true;
}

outcome append_date(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_TEXT) return false;
    const std::string_view text = value.bytes();
    std::optional<std::int64_t> days = arrow::parse_date(text);
    if (!days) {
        // Midnight of a wall clock is a date as well.
        const auto moment = arrow::parse_timestamp(text);
        if (!moment || moment->offset_seconds || moment->value % arrow::micros_per_day != 0) {
            return false;
        }
        days = moment->value / arrow::micros_per_day;
    }
    if (*days < INT32_MIN || *days > INT32_MAX) return false;
    static_cast<fixed_builder<std::int32_t>&>(to).append(static_cast<std::int32_t>(*days));
    return true;
}

outcome append_time(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_TEXT) return false;
    const auto micros = arrow::parse_time(value.bytes());
    if (!micros) return false;
    static_cast<fixed_builder<std::int64_t>&>(to).append(*micros);
    return true;
}

outcome append_timestamp(column_builder& to, const cell& value) {
    if (value.storage() != SQLITE_TEXT) return false;
    const auto moment = arrow::parse_timestamp(value.bytes());
    if (!moment) return false;
    static_cast<fixed_builder<std::int64_t>&>(to).append(moment->value);
    return true;
}

outcome append(column_builder& to, const column_plan& plan, const cell& value) {
    switch (plan.how) {
        case reading::integer:
            return append_integer(to, value);
        case reading::boolean:
            return append_boolean(to, value);
        case reading::real:
            return append_real(to, value);
        case reading::decimal128:
            return append_decimal<arrow::int128>(to, plan, value);
        case reading::decimal256:
            return append_decimal<arrow::int256>(to, plan, value);
        case reading::decimal_text:
            return append_decimal_text(to, value);
        case reading::text:
            return append_text(to, value);
        case reading::uuid:
            return append_uuid(to, value);
        case reading::binary:
            return append_binary(to, value);
        case reading::date:
            return append_date(to, value);
        case reading::time:
            return append_time(to, value);
        case reading::timestamp:
            return append_timestamp(to, value);
        case reading::by_value:
            break;
    }
    return false;
}

std::string way_out(const column_plan& plan, const cell& value) {
    if (plan.how == reading::by_value) return "give the column one type: CAST(… AS TEXT)";
    const std::string name = "\"" + plan.name + "\"";
    if (plan.how == reading::timestamp && value.storage() == SQLITE_INTEGER) {
        return "if it counts seconds since 1970, select datetime(" + name + ", 'unixepoch')";
    }
    if (value.storage() == SQLITE_TEXT && plan.how == reading::text) {
        return "it is not valid UTF-8: select CAST(" + name + " AS BLOB)";
    }
    return "to read the values as they are stored, select CAST(" + name +
           " AS TEXT), or set the "
           "query option types to 'stored'";
}

}  // namespace

error misfit(const column_plan& plan, const cell& value, std::int64_t row) {
    const std::string type =
        plan.declared.empty() || plan.how == reading::by_value ? plan.type.name() : plan.declared;
    return {
        .kind = status::query_error,
        .message = "column '" + plan.name + "', row " + std::to_string(row) + ": " + value.shown() +
                   " does not fit the type " + type,
        .hint = way_out(plan, value)};
}

result<void> append_declared(
    column_builder& to, const column_plan& plan, const cell& value, std::int64_t row
) {
    if (value.storage() == SQLITE_NULL) {
        to.append_null();
        return {};
    }
    if (!append(to, plan, value)) return misfit(plan, value, row);
    return {};
}

}  // namespace qry::sqlite
