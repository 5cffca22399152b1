// Types by OID and by the spelling of the system views: both give the same Arrow type.
#include <catch2/catch.hpp>

#include "types.hpp"

namespace qry::redshift {

namespace {

std::int32_t numeric(int precision, int scale) {
    return ((precision << 16) | scale) + 4;
}

std::string arrow_of(postgresql::oid which, std::int32_t modifier = -1) {
    return plan_value({}, which, modifier, false).type.name();
}

}  // namespace

TEST_CASE("a type is the same whether it is known by number or by name") {
    namespace common = postgresql::type;
    struct same {
        postgresql::oid which;
        std::int32_t modifier;
        const char* spelled;
        const char* arrow;
    };
    const same all[]{
        {common::boolean, -1, "boolean", "bool"},
        {common::int2, -1, "smallint", "int16"},
        {common::int4, -1, "integer", "int32"},
        {common::int8, -1, "bigint", "int64"},
        {common::float4, -1, "real", "float"},
        {common::float8, -1, "double precision", "double"},
        {common::numeric, numeric(38, 37), "numeric(38,37)", "decimal128(38, 37)"},
        {common::numeric, numeric(18, 0), "numeric(18,0)", "decimal128(18, 0)"},
        {common::varchar, 24, "character varying(20)", "string"},
        {common::bpchar, 14, "character(10)", "string"},
        {common::date, -1, "date", "date32[day]"},
        {common::time, -1, "time without time zone", "time64[us]"},
        {common::timetz, -1, "time with time zone", "string"},
        {common::timestamp, -1, "timestamp without time zone", "timestamp[us]"},
        {common::timestamptz, -1, "timestamp with time zone", "timestamp[us, tz=UTC]"},
        {type::interval_y2m, -1, "interval year to month", "month_day_nano_interval"},
        {type::interval_d2s, -1, "interval day to second", "month_day_nano_interval"},
        {type::varbyte, -1, "binary varying(64000)", "binary"},
        {type::super, -1, "super", "string"},
        {type::geometry, -1, "geometry", "string"},
        {type::geography, -1, "geography", "string"}};
    for (const same& s : all) {
        INFO(s.spelled);
        CHECK(arrow_of(s.which, s.modifier) == s.arrow);
        CHECK(arrow_name(s.spelled, false) == s.arrow);
    }
}

TEST_CASE("a numeric without a precision is exact text, and no numeric is a double unasked") {
    const auto plan = plan_value({}, postgresql::type::numeric, -1, false);
    CHECK(plan.type.name() == "string");
    CHECK(plan.logical == "decimal");
    CHECK(arrow_name("numeric", false) == "string");
    CHECK(plan_value({}, postgresql::type::numeric, numeric(10, 2), true).type.name() == "double");
    CHECK(arrow_name("numeric(10,2)", true) == "double");
}

TEST_CASE("SUPER says that it is JSON, and every type its own name") {
    CHECK(plan_value({}, type::super, -1, false).logical == "json");
    CHECK(plan_value({}, type::super, -1, false).database_type == "super");
    CHECK(plan_value({}, type::varbyte, -1, false).database_type == "binary varying");
    CHECK(plan_value({}, 999'999, -1, false).type.name() == "string");
}

}  // namespace qry::redshift
