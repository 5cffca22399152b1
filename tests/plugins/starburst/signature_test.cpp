#include <catch2/catch.hpp>

#include "signature.hpp"
#include "types.hpp"

namespace qry::starburst {

TEST_CASE("types are read with their parameters, names and nesting") {
    auto made = parse_signature("row(a integer, \"b \"\"c\" array(varchar(3)), decimal(38, 5))");
    REQUIRE(made);
    CHECK(made->base == "row");
    CHECK(made->names == std::vector<std::string>{"a", "b \"c", ""});
    REQUIRE(made->types.size() == 3);
    CHECK(made->types[1].types.at(0).numbers == std::vector<std::int64_t>{3});
    CHECK(made->types[2].numbers == std::vector<std::int64_t>{38, 5});
    auto zoned = parse_signature("timestamp(9) with time zone");
    REQUIRE(zoned);
    CHECK(zoned->base == "timestamp with time zone");
    CHECK(zoned->numbers == std::vector<std::int64_t>{9});
    CHECK(parse_signature("row(timestamp with time zone, d double)")->names[0].empty());
}

TEST_CASE("what is no type is refused with its text") {
    for (const char* text : {"", "row(", "array(integer", "decimal(38,", "row(\"a)", ")", "a,b"}) {
        INFO(text);
        auto made = parse_signature(text);
        REQUIRE_FALSE(made);
        CHECK(made.error().message.find('\'' + std::string(text) + '\'') != std::string::npos);
    }
    std::string deep;
    for (int i = 0; i < 1'000; ++i)
        deep += "array(";
    CHECK_FALSE(parse_signature(deep));
}

TEST_CASE("each type has its Arrow type, and an unknown one is text") {
    const std::pair<const char*, const char*> all[] = {
        {"bigint", "int64"},
        {"real", "float"},
        {"decimal(38, 5)", "decimal128(38, 5)"},
        {"timestamp(3)", "timestamp[ms]"},
        {"timestamp(6) with time zone", "timestamp[us, tz=UTC]"},
        {"timestamp(9)", "timestamp[ns]"},
        {"timestamp(12)", "string"},
        {"time(6)", "time64[us]"},
        {"varbinary", "binary"},
        {"HyperLogLog", "string"},
        {"date", "date32[day]"}};
    for (const auto& [type, arrow] : all) {
        INFO(type);
        CHECK(arrow_name(type) == arrow);
    }
}

}  // namespace qry::starburst
