#include "types.hpp"

#include <map>

#include <qry/arrow.h>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>

namespace qry::starburst {

namespace {

using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;

// The default precision of a bare "timestamp" or "time".
constexpr std::int64_t milliseconds = 3;
// Beyond this a value does not fit the finest unit of Arrow.
constexpr std::int64_t finest = 9;

std::int64_t number(const signature& type, std::size_t index, std::int64_t otherwise) {
    return index < type.numbers.size() ? type.numbers[index] : otherwise;
}

time_unit unit_of(std::int64_t precision) noexcept {
    if (precision <= 3) return time_unit::milli;
    return precision <= 6 ? time_unit::micro : time_unit::nano;
}

bool append_instant(std::string_view text, const json::column& of, arrow::column_builder& to) {
    // The plan keeps the table's address: see plan_column.
    auto* zones = reinterpret_cast<zone_table*>(of.detail);
    const auto value = zones->read(text, arrow::fraction_digits(of.type.unit()));
    if (!value) return false;
    static_cast<arrow::fixed_builder<std::int64_t>&>(to).append(*value);
    return true;
}

struct shape {
    data_type type = type_id::utf8;
    json::form as = json::form::plain;
    json::convert_fn convert = nullptr;
    // qry.logical; empty = none.
    std::string_view logical;
};

shape timestamp_of(std::int64_t precision, bool zoned) {
    if (precision > finest) return {.logical = zoned ? "timestamp_tz" : "timestamp"};
    const time_unit unit = unit_of(precision);
    if (!zoned) return {.type = data_type::timestamp(unit)};
    return {
        .type = data_type::timestamp(unit, "UTC"),
        .as = json::form::custom,
        .convert = &append_instant};
}

shape time_of(std::int64_t precision) {
    if (precision > finest) return {.logical = "time"};
    const time_unit unit = unit_of(precision);
    return {.type = unit == time_unit::milli ? data_type::time32(unit) : data_type::time64(unit)};
}

const std::map<std::string_view, shape>& plain_types() {
    static const std::map<std::string_view, shape> types{
        {"boolean", {.type = type_id::boolean}},
        {"tinyint", {.type = type_id::int8}},
        {"smallint", {.type = type_id::int16}},
        {"integer", {.type = type_id::int32}},
        {"int", {.type = type_id::int32}},
        {"bigint", {.type = type_id::int64}},
        {"real", {.type = type_id::float32}},
        {"double", {.type = type_id::float64}},
        {"double precision", {.type = type_id::float64}},
        {"varchar", {}},
        {"char", {}},
        {"varbinary", {.type = type_id::binary, .as = json::form::base64}},
        {"date", {.type = type_id::date32}},
        {"time with time zone", {.logical = "time_tz"}},
        {"interval day to second", {.logical = "interval"}},
        {"interval year to month", {.logical = "interval"}},
        {"json", {.logical = "json"}},
        {"uuid", {.logical = "uuid"}},
        {"ipaddress", {}},
        {"unknown", {.type = type_id::null}},
    };
    return types;
}

// Without children: those are added by the caller.
shape shape_of(const signature& type) {
    if (type.base == "decimal") {
        const auto precision = static_cast<int>(number(type, 0, 38));
        const auto scale = static_cast<int>(number(type, 1, 0));
        if (precision < 1 || precision > 38 || scale < 0 || scale > precision) return {};
        return {.type = data_type::decimal128(precision, scale)};
    }
    if (type.base == "timestamp") return timestamp_of(number(type, 0, milliseconds), false);
    if (type.base == "timestamp with time zone") {
        return timestamp_of(number(type, 0, milliseconds), true);
    }
    if (type.base == "time") return time_of(number(type, 0, milliseconds));
    const auto known = plain_types().find(type.base);
    // Whatever it looks like in JSON, its text is kept.
    return known != plain_types().end() ? known->second : shape{.as = json::form::raw};
}

struct typed {
    arrow::field field;
    json::column cells;
};

// The name of a field is given to it by whoever holds it.
typed plan_type(const signature& type, zone_table& zones);

typed nested(const signature& type, zone_table& zones) {
    std::vector<arrow::field> fields;
    std::vector<json::column> cells;
    for (std::size_t i = 0; i < type.types.size(); ++i) {
        typed child = plan_type(type.types[i], zones);
        if (type.base == "row") {
            const std::string& name = type.names[i];
            child.field.name = name.empty() ? "field" + std::to_string(i) : name;
        } else if (type.base == "map") {
            child.field.name = i == 0 ? "key" : "value";
            child.field.nullable = i != 0;
        } else {
            child.field.name = "item";
        }
        child.cells.name = child.field.name;
        fields.push_back(std::move(child.field));
        cells.push_back(std::move(child.cells));
    }
    typed out;
    if (type.base == "row") {
        out.field.type = data_type::structure(std::move(fields));
    } else if (type.base == "map") {
        out.field.type = data_type::map(std::move(fields[0]), std::move(fields[1]));
    } else {
        out.field.type = data_type::list(std::move(fields[0]));
    }
    out.cells.type = out.field.type;
    out.cells.children = std::move(cells);
    return out;
}

bool is_nested(const signature& type) noexcept {
    return (type.base == "array" && type.types.size() == 1) ||
           (type.base == "map" && type.types.size() == 2) ||
           (type.base == "row" && !type.types.empty());
}

typed plan_type(const signature& type, zone_table& zones) {
    if (is_nested(type)) return nested(type, zones);
    const shape found = shape_of(type);
    typed out;
    out.field.type = found.type;
    if (!found.logical.empty())
        out.field.metadata = {{QRY_META_LOGICAL, std::string(found.logical)}};
    out.cells.type = found.type;
    out.cells.as = found.as;
    out.cells.convert = found.convert;
    out.cells.detail = reinterpret_cast<std::int64_t>(&zones);
    return out;
}

}  // namespace

result<column_plan> plan_column(std::string_view name, std::string_view type, zone_table& zones) {
    auto read = parse_signature(type);
    if (!read) return std::move(read).error();
    typed made = plan_type(*read, zones);
    made.field.name = name;
    made.cells.name = name;
    made.field.metadata.insert(made.field.metadata.begin(), {QRY_META_TYPE, std::string(type)});
    return column_plan{std::move(made.field), std::move(made.cells)};
}

std::string arrow_name(std::string_view type) {
    const auto read = parse_signature(type);
    if (!read) return data_type(type_id::utf8).name();
    // Nothing is read: the zones are only pointed to.
    zone_table unused;
    return plan_type(*read, unused).field.type.name();
}

}  // namespace qry::starburst
