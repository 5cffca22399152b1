#include "arguments.hpp"

#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/sql/tokenizer.hpp>
#include <qry/kit/text/number.hpp>

#include "catalog_queries.hpp"

namespace qry::starburst {

namespace {

using arrow::array_view;
using arrow::time_unit;
using arrow::type_id;

error bad_argument(std::string message, std::string hint = {}) {
    return {
        .kind = status::invalid_parameter, .message = std::move(message), .hint = std::move(hint)};
}

std::string binary_literal(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out = "X'";
    out.reserve(bytes.size() * 2 + 3);
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out += '\'';
}

std::string date_literal(std::int64_t days) {
    std::string out = "DATE '";
    arrow::append_date(out, days);
    return out += '\'';
}

// The number of digits behind the seconds is the precision of the type that the literal has.
std::string with_digits(std::string text, time_unit unit) {
    if (unit == time_unit::second) return text;
    const auto digits = static_cast<std::size_t>(arrow::fraction_digits(unit));
    const std::size_t point = text.rfind('.');
    const std::size_t has = point == std::string::npos ? 0 : text.size() - point - 1;
    if (point == std::string::npos) text += '.';
    text.append(digits - has, '0');
    return text;
}

std::string timestamp_literal(std::int64_t value, const arrow::data_type& type) {
    std::string text;
    arrow::append_timestamp(text, value, type.unit());
    std::string out = "TIMESTAMP '" + with_digits(std::move(text), type.unit());
    if (!type.zone().empty()) out += " UTC";
    return out += '\'';
}

std::string time_literal(std::int64_t value, time_unit unit) {
    std::string text;
    arrow::append_time(text, value, unit);
    return "TIME '" + with_digits(std::move(text), unit) + '\'';
}

std::string decimal_literal(const array_view& value, std::int64_t row) {
    std::string out = "DECIMAL '";
    arrow::append_decimal(out, value.decimal(row), value.type().scale());
    return out += '\'';
}

result<std::string> list_literal(const array_view& value, std::int64_t row, std::size_t number) {
    std::string out = "ARRAY[";
    const auto [from, until] = value.range(row);
    for (std::int64_t i = from; i < until; ++i) {
        auto item = literal(value.child(0), i, number);
        if (!item) return std::move(item).error();
        if (i != from) out += ", ";
        out += *item;
    }
    out += ']';
    return out;
}

}  // namespace

result<std::string> literal(const array_view& value, std::int64_t row, std::size_t number) {
    if (value.is_null(row)) return std::string("NULL");
    const arrow::data_type& type = value.type();
    switch (type.id()) {
        case type_id::null:
            return std::string("NULL");
        case type_id::boolean:
            return std::string(value.boolean(row) ? "true" : "false");
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::uint8:
        case type_id::uint16:
            return "INTEGER '" + std::to_string(value.integer(row)) + '\'';
        case type_id::uint32:
        case type_id::int64:
            return "BIGINT '" + std::to_string(value.integer(row)) + '\'';
        case type_id::uint64:
            return "DECIMAL '" + std::to_string(value.unsigned_integer(row)) + '\'';
        case type_id::float16:
        case type_id::float32:
            return "REAL '" + text::float_text(static_cast<float>(value.floating(row))) + '\'';
        case type_id::float64:
            return "DOUBLE '" + text::float_text(value.floating(row)) + '\'';
        case type_id::decimal128:
        case type_id::decimal256:
            return decimal_literal(value, row);
        case type_id::utf8:
        case type_id::large_utf8:
        case type_id::dictionary:
            return quote_text(value.bytes(row));
        case type_id::binary:
        case type_id::large_binary:
        case type_id::fixed_size_binary:
            return binary_literal(value.bytes(row));
        case type_id::date32:
            return date_literal(value.integer(row));
        case type_id::date64:
            return date_literal(value.integer(row) / 86'400'000);
        case type_id::time32:
        case type_id::time64:
            return time_literal(value.integer(row), type.unit());
        case type_id::timestamp:
            return timestamp_literal(value.integer(row), type);
        case type_id::list:
        case type_id::large_list:
            return list_literal(value, row, number);
        default:
            return bad_argument(
                "argument $" + std::to_string(number) + " is of type " + type.name() +
                    ", which has no literal in Trino",
                "Give it as text and cast it in the statement."
            );
    }
}

namespace {

// Text that stands for something else says what in its field: UUID '…', not '…'.
std::string_view keyword_of(const ArrowSchema& field) {
    for (const auto& [key, value] : arrow::decode_metadata(field.metadata)) {
        if (key != QRY_META_LOGICAL) continue;
        if (value == "uuid") return "UUID ";
        if (value == "decimal") return "DECIMAL ";
        if (value == "json") return "JSON ";
        if (value == "time_tz") return "TIME ";
    }
    return {};
}

}  // namespace

result<std::string> bind_arguments(
    std::string_view sql, const ArrowSchema* schema, const ArrowArray* args
) {
    if (schema == nullptr || args == nullptr || schema->n_children == 0) return std::string(sql);
    auto view = array_view::make(*schema, *args);
    if (!view) return std::move(view).error();
    auto rewritten = sql::rewrite_dollar(sql, sql::dialect::trino);
    if (!rewritten) return std::move(rewritten).error();
    const std::size_t given = view->child_count();
    if (rewritten->highest != given) {
        return bad_argument(
            "the statement has " + std::to_string(rewritten->highest) + " arguments, but " +
                std::to_string(given) + " were given",
            "Give one value for each of $1, $2, …"
        );
    }
    std::string out = "EXECUTE IMMEDIATE " + quote_text(rewritten->sql) + " USING ";
    for (std::size_t i = 0; i < rewritten->order.size(); ++i) {
        const std::size_t number = rewritten->order[i];
        auto text = literal(view->child(number - 1), view->child_row(0), number);
        if (!text) return std::move(text).error();
        if (i != 0) out += ", ";
        if (text->starts_with('\'')) out += keyword_of(*schema->children[number - 1]);
        out += *text;
    }
    return out;
}

}  // namespace qry::starburst
