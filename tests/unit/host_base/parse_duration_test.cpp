#include <catch2/catch.hpp>

#include <qry/host.hpp>

using namespace std::chrono_literals;

TEST_CASE("a duration that makes no sense is the caller's mistake, not a plugin's") {
    const auto bad = qry::parse_duration("soon", "timeout");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().from == qry::origin::host);
    CHECK(bad.error().parameter == "timeout");
    CHECK_FALSE(qry::parse_duration("0", "timeout"));
}

TEST_CASE("an age may be zero in any of its forms, and is a duration otherwise") {
    for (const char* zero : {"0", "0s", "0ms", "0.0", "000", "0.m", "0h"}) {
        CAPTURE(zero);
        const auto age = qry::parse_age(zero, "max_age");
        REQUIRE(age);
        CHECK(*age == 0ns);
    }
    CHECK(*qry::parse_age("90s", "max_age") == 90s);
    CHECK(*qry::parse_age("0.5", "max_age") == 500ms);
    CHECK(*qry::parse_age("10", "max_age") == 10s);
    for (const char* bad : {"", ".", "s", "0.0.0", "-0", "0x", "0 s", "-1"}) {
        CAPTURE(bad);
        const auto age = qry::parse_age(bad, "max_age");
        REQUIRE_FALSE(age);
        CHECK(age.error().parameter == "max_age");
        CHECK(age.error().from == qry::origin::host);
    }
}
