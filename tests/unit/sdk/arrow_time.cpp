#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/time.hpp>

using namespace qry::arrow;

namespace {

std::string date(std::int64_t days) {
    std::string out;
    append_date(out, days);
    return out;
}

std::string timestamp(std::int64_t value, time_unit unit) {
    std::string out;
    append_timestamp(out, value, unit);
    return out;
}

std::string duration(std::int64_t value, time_unit unit) {
    std::string out;
    append_duration(out, value, unit);
    return out;
}

}  // namespace

TEST_CASE("days are counted from 1970 in the proleptic Gregorian calendar") {
    CHECK(days_from_civil({1970, 1, 1}) == 0);
    CHECK(days_from_civil({1969, 12, 31}) == -1);
    CHECK(days_from_civil({2000, 2, 29}) == 11016);
    CHECK(days_from_civil({2000, 3, 1}) == 11017);
    CHECK(days_from_civil({1, 1, 1}) == -719162);
    CHECK(days_from_civil({0, 12, 31}) == -719163);
    for (std::int64_t days = -1'500'000; days < 1'500'000; days += 977) {
        CHECK(days_from_civil(civil_from_days(days)) == days);
    }
    CHECK(civil_from_days(-719163) == civil_date{0, 12, 31});
}

TEST_CASE("every day of the years 0 to 10000 is read as it is written") {
    std::int64_t wrong = 0;
    for (std::int64_t day = days_from_civil({0, 1, 1}); day <= days_from_civil({10000, 1, 1});
         ++day) {
        if (parse_date(date(day)) != day) ++wrong;
    }
    CHECK(wrong == 0);
    for (const char* text :
         {"2023-02-29",
          "1900-02-29",
          "2024-02-30",
          "2024-04-31",
          "2024-00-10",
          "2024-13-01",
          "2024-01-00",
          "2024-01-32",
          "20x4-01-01",
          "2024-01-0a",
          "2024/01-01",
          "2024-01/01"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text));
    }
}

TEST_CASE("dates are read in ISO form, with BC and with more than four digits") {
    CHECK(parse_date("2024-02-29") == 19782);
    CHECK(parse_date("1970-01-01") == 0);
    // 44 BC is the year -43.
    CHECK(parse_date("0044-03-15 BC") == parse_date("-0043-03-15"));
    CHECK(date(*parse_date("-0043-03-15")) == "-0043-03-15");
    CHECK(date(*parse_date("+12024-01-01")) == "+12024-01-01");
    CHECK(date(*parse_date("0001-01-01 BC")) == "0000-01-01");
    for (const char* text :
         {"",
          "2023-02-29",
          "1900-02-29",
          "2024-13-01",
          "2024-00-01",
          "2024-01-00",
          "2024-04-31",
          "24-01-01",
          "2024-1-1",
          "2024-01-01x",
          "2024/01/01",
          "-0044-03-15 BC",
          "0000-01-01 BC"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text).has_value());
    }
}

TEST_CASE("times of day are read with their fraction, and never rounded") {
    CHECK(parse_time("00:00") == 0);
    CHECK(parse_time("13:05:00") == 47'100'000'000);
    CHECK(parse_time("23:59:59.999999") == 86'399'999'999);
    CHECK(parse_time("23:59:59.5000000") == 86'399'500'000);
    CHECK(parse_time("00:00:00.1", 3) == 100);
    CHECK(parse_time("24:00:00") == 86'400'000'000);
    for (const char* text :
         {"",
          "1:00",
          "24:00:01",
          "12:60",
          "12:00:60",
          "12:00:00.",
          "12",
          "12:00:00.1234567",
          "12:00:00x",
          "-12:00:00"}) {
        INFO(text);
        CHECK_FALSE(parse_time(text).has_value());
    }
}

TEST_CASE("timestamps keep their wall clock, or become UTC by their offset") {
    const auto plain = parse_timestamp("2024-02-29 13:05:00.5");
    REQUIRE(plain);
    CHECK(plain->value == 1'709'211'900'500'000);
    CHECK_FALSE(plain->offset_seconds.has_value());
    CHECK(timestamp(plain->value, time_unit::micro) == "2024-02-29 13:05:00.5");

    for (const char* text :
         {"2024-02-29T15:05:00.5+02:00",
          "2024-02-29 15:05:00.5+02",
          "2024-02-29 15:05:00.5 +0200",
          "2024-02-29 10:05:00.5-03:00",
          "2024-02-29T13:05:00.5Z"}) {
        INFO(text);
        const auto zoned = parse_timestamp(text);
        REQUIRE(zoned);
        CHECK(zoned->value == plain->value);
        CHECK(zoned->offset_seconds.has_value());
    }
    CHECK(parse_timestamp("2024-02-29")->value == 1'709'164'800'000'000);
    CHECK(
        parse_timestamp("0044-03-15 12:00:00 BC")->value ==
        parse_timestamp("-0043-03-15 12:00:00")->value
    );
    for (const char* text :
         {"",
          "2024-02-29 ",
          "2024-02-29 25:00",
          "2024-02-29T13:05:00+2",
          "2024-02-29T13:05:00+24:00",
          "2024-02-29 13:05:00.1234567",
          "+999999999-01-01 00:00:00"}) {
        INFO(text);
        CHECK_FALSE(parse_timestamp(text).has_value());
    }
}

TEST_CASE("moments before 1970 are written as they are") {
    CHECK(timestamp(-1, time_unit::micro) == "1969-12-31 23:59:59.999999");
    CHECK(timestamp(-86'400, time_unit::second) == "1969-12-31 00:00:00");
    CHECK(timestamp(INT64_MIN, time_unit::nano) == "1677-09-21 00:12:43.145224192");
}

TEST_CASE("durations are written in ISO form") {
    CHECK(duration(3'723'500, time_unit::milli) == "PT1H2M3.5S");
    CHECK(duration(0, time_unit::second) == "PT0S");
    CHECK(duration(-1, time_unit::micro) == "-PT0.000001S");
    CHECK(duration(7200, time_unit::second) == "PT2H");
}
