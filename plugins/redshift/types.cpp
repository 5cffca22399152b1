#include "types.hpp"

#include <array>

namespace qry::redshift {

namespace {

using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;
using postgresql::oid;
using postgresql::value_form;
using postgresql::value_plan;
namespace common = postgresql::type;

value_plan binary(value_form form, data_type type, std::string logical = {}) {
    value_plan p;
    p.form = form;
    p.type = std::move(type);
    p.logical = std::move(logical);
    return p;
}

value_plan printed(data_type type) {
    value_plan p = binary(value_form::printed, std::move(type));
    p.binary = false;
    return p;
}

value_plan text(std::string logical = {}) {
    value_plan p = binary(value_form::text, type_id::utf8, std::move(logical));
    p.binary = false;
    return p;
}

// At most 38 digits; one without a declared precision (of a leader-node function) stays exact text.
value_plan numeric(std::int32_t modifier, bool to_float) {
    if (to_float) return printed(type_id::float64);
    const auto declared = postgresql::read_numeric_modifier(modifier);
    if (!declared || declared->precision > 38 || declared->scale < 0) return text("decimal");
    return printed(data_type::decimal128(declared->precision, declared->scale));
}

value_plan shape_of(oid which, std::int32_t modifier, bool numeric_to_float) {
    switch (which) {
        case common::boolean:
            return binary(value_form::boolean, type_id::boolean);
        case common::int2:
            return binary(value_form::int16, type_id::int16);
        case common::int4:
            return binary(value_form::int32, type_id::int32);
        case common::int8:
            return binary(value_form::int64, type_id::int64);
        case common::object_id:
            return binary(value_form::uint32, type_id::uint32);
        case common::float4:
            return binary(value_form::float32, type_id::float32);
        case common::float8:
            return binary(value_form::float64, type_id::float64);
        case common::numeric:
            return numeric(modifier, numeric_to_float);
        case common::text:
        case common::varchar:
        case common::bpchar:
        case common::name:
        case common::unknown:
            return text();
        case common::date:
            return printed(type_id::date32);
        case common::time:
            return printed(data_type::time64(time_unit::micro));
        case common::timetz:
            return text("time_tz");
        case common::timestamp:
            return binary(value_form::timestamp, data_type::timestamp(time_unit::micro));
        case common::timestamptz:
            return binary(value_form::timestamp, data_type::timestamp(time_unit::micro, "UTC"));
        case common::interval:
            return binary(value_form::interval, type_id::interval_month_day_nano, "interval");
        case type::interval_y2m:
            return binary(
                value_form::interval_months, type_id::interval_month_day_nano, "interval"
            );
        case type::interval_d2s:
            return binary(
                value_form::interval_micros, type_id::interval_month_day_nano, "interval"
            );
        case type::varbyte:
            return printed(type_id::binary);
        case type::super:
            return text("json");
        default:
            // GEOMETRY and GEOGRAPHY as hexadecimal EWKB, and what is not known.
            return text();
    }
}

struct own_name {
    oid id;
    std::string_view name;
};
constexpr std::array own_names{
    own_name{type::abstime, "abstime"},
    own_name{type::interval_y2m, "interval year to month"},
    own_name{type::interval_d2s, "interval day to second"},
    own_name{type::geometry, "geometry"},
    own_name{type::geography, "geography"},
    own_name{type::geometry_hex, "geometry"},
    own_name{type::super, "super"},
    own_name{type::varbyte, "binary varying"}};

struct spelling {
    std::string_view begins;
    oid id;
};
// As svv_all_columns and format_type spell them; longer ones before those that they begin with.
constexpr std::array spellings{
    spelling{"boolean", common::boolean},
    spelling{"smallint", common::int2},
    spelling{"integer", common::int4},
    spelling{"bigint", common::int8},
    spelling{"real", common::float4},
    spelling{"double precision", common::float8},
    spelling{"numeric", common::numeric},
    spelling{"date", common::date},
    spelling{"timestamp with time zone", common::timestamptz},
    spelling{"timestamp", common::timestamp},
    spelling{"time with time zone", common::timetz},
    spelling{"time", common::time},
    spelling{"interval year to month", type::interval_y2m},
    spelling{"interval day to second", type::interval_d2s},
    spelling{"interval", common::interval},
    spelling{"binary varying", type::varbyte},
    spelling{"varbyte", type::varbyte},
    spelling{"oid", common::object_id}};

// "numeric(12,2)"; -1 when there are no parentheses.
std::int32_t numeric_modifier(std::string_view text) {
    const std::size_t open = text.find('(');
    if (open == std::string_view::npos) return -1;
    int precision = 0;
    int scale = 0;
    int* into = &precision;
    for (const char c : text.substr(open + 1)) {
        if (c == ',') {
            into = &scale;
        } else if (c >= '0' && c <= '9' && *into < 1'000) {
            *into = *into * 10 + (c - '0');
        }
    }
    return ((precision << 16) | scale) + 4;
}

}  // namespace

value_plan plan_value(
    const postgresql::type_catalog& types, oid which, std::int32_t modifier, bool numeric_to_float
) {
    value_plan p = shape_of(which, modifier, numeric_to_float);
    p.database_type = types.display_name(which, modifier);
    for (const own_name& own : own_names) {
        if (own.id == which) p.database_type = own.name;
    }
    return p;
}

std::string arrow_name(std::string_view database_type, bool numeric_to_float) {
    for (const spelling& s : spellings) {
        if (!database_type.starts_with(s.begins)) continue;
        const std::int32_t modifier =
            s.id == common::numeric ? numeric_modifier(database_type) : -1;
        return shape_of(s.id, modifier, numeric_to_float).type.name();
    }
    return data_type(type_id::utf8).name();
}

}  // namespace qry::redshift
