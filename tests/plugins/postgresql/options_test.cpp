#include <catch2/catch.hpp>

#include "options.hpp"

using namespace qry::postgresql;

TEST_CASE("the ways of numerics are read, and nothing else") {
    CHECK(read_numeric_mode("text")->how == numeric_mode::kind::text);
    CHECK(read_numeric_mode("double")->how == numeric_mode::kind::floating);
    const auto d = read_numeric_mode("decimal(38, 6)");
    REQUIRE(d);
    CHECK(d->precision == 38);
    CHECK(d->scale == 6);
    CHECK(read_numeric_mode("decimal(76)")->scale == 0);
    for (const char* wrong :
         {"",
          "float",
          "decimal",
          "decimal()",
          "decimal(0)",
          "decimal(77,1)",
          "decimal(5,6)",
          "decimal(5,-1)",
          "decimal(5,2",
          "decimal(a,b)",
          "Text"}) {
        INFO(wrong);
        REQUIRE_FALSE(read_numeric_mode(wrong));
        CHECK(read_numeric_mode(wrong).error().parameter == "numeric");
    }
}

TEST_CASE("infinity is an error or NULL") {
    CHECK(*read_infinity_mode("error") == infinity_mode::error);
    CHECK(*read_infinity_mode("null") == infinity_mode::null);
    CHECK_FALSE(read_infinity_mode("limits"));
}
