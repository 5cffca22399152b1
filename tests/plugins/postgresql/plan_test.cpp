#include <catch2/catch.hpp>

#include "plan.hpp"

using namespace qry::postgresql;

namespace {

std::string numeric_type(int precision, int scale) {
    const std::int32_t modifier = 4 + (precision << 16 | (scale & 0x7ff));
    return plan_value({}, type::numeric, modifier, {}).type.name();
}

}  // namespace

TEST_CASE("a declared numeric is a decimal wide enough for it") {
    CHECK(numeric_type(12, 2) == "decimal128(12, 2)");
    CHECK(numeric_type(5, -2) == "decimal128(7, 0)");
    CHECK(numeric_type(3, 5) == "decimal128(5, 5)");
    CHECK(numeric_type(76, 0) == "decimal256(76, 0)");
    CHECK(numeric_type(77, 0) == "string");
}

TEST_CASE("a numeric's modifier that no server makes counts as none") {
    CHECK(numeric_type(0, 0) == "string");
    CHECK(numeric_type(0, 5) == "string");
    CHECK(numeric_type(1001, 0) == "string");
    CHECK(plan_value({}, type::numeric, 3, {}).type.name() == "string");
    CHECK(type_catalog().display_name(type::numeric, 4) == "numeric");
}
