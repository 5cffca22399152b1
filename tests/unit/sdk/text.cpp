#include <chrono>
#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/text/duration.hpp>
#include <qry/kit/text/hex.hpp>
#include <qry/kit/text/percent.hpp>
#include <qry/kit/text/utf8.hpp>

using qry::text::is_valid_utf8;
using qry::text::parse_duration;
using qry::text::replace_invalid_utf8;
using qry::text::valid_utf8_prefix;

TEST_CASE("a duration is a number of seconds or a number with a unit") {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"250ms", 250'000'000},
        {"90s", 90'000'000'000},
        {"5m", 300'000'000'000},
        {"2h", 7'200'000'000'000},
        {"30", 30'000'000'000},
        {"0.1", 100'000'000},
        {"1.5m", 90'000'000'000},
        {".5s", 500'000'000},
        {"0.000000001", 1},
        {"9223372036.854775807", 9'223'372'036'854'775'807},
    };
    for (const auto& [text, nanoseconds] : cases) {
        INFO(text);
        const auto parsed = parse_duration(text, "timeout");
        REQUIRE(parsed);
        CHECK(parsed->count() == nanoseconds);
    }
}

TEST_CASE("what is no duration is refused with the parameter's name and the value") {
    for (const char* text :
         {"",
          "0",
          "0ms",
          "-1",
          "-5m",
          "nan",
          "inf",
          "1e300",
          "1e3",
          "9223372036.854775808",
          "99999999999999999999",
          "5 m",
          "m",
          ".",
          "5d",
          "1.2.3",
          "0x10",
          "0.0000000001"}) {
        INFO(text);
        const auto parsed = parse_duration(text, "timeout");
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().kind == qry::status::invalid_parameter);
        CHECK(parsed.error().parameter == "timeout");
        CHECK(
            parsed.error().message.find("'timeout': '" + std::string(text) + "'") !=
            std::string::npos
        );
        CHECK_FALSE(parsed.error().hint.empty());
    }
}

TEST_CASE("UTF-8 without surrogates, overlong forms and stray bytes is valid") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("plain text of more than eight bytes"));
    CHECK(is_valid_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"));
    CHECK(is_valid_utf8(std::string("a\0b", 3)));
    for (const char* text :
         {"\x80",
          "\xC0\x80",
          "\xC1\xBF",
          "\xE0\x9F\xBF",
          "\xED\xA0\x80",
          "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80",
          "\xFF",
          "12345678\xE2\x82",
          "\xC3",
          "\xC3("}) {
        INFO(text);
        CHECK_FALSE(is_valid_utf8(text));
    }
}

TEST_CASE("each run that cannot begin a character becomes one replacement character") {
    CHECK(replace_invalid_utf8("ok") == "ok");
    CHECK(replace_invalid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
    CHECK(replace_invalid_utf8("\xE2\x82") == "\xEF\xBF\xBD");
    CHECK(replace_invalid_utf8("\xE2\x82(") == "\xEF\xBF\xBD(");
    CHECK(replace_invalid_utf8("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a character is found wherever it stands among ASCII") {
    for (std::size_t before = 0; before < 70; ++before) {
        for (const char* character : {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\xA6\x86"}) {
            const std::string lead(before, 'a');
            CHECK(is_valid_utf8(lead + character));
            CHECK(is_valid_utf8(lead + character + character + lead));
            const std::string cut(character, std::strlen(character) - 1);
            CHECK(valid_utf8_prefix(lead + cut) == before);
            CHECK(valid_utf8_prefix(lead + cut + "a" + lead) == before);
            CHECK(valid_utf8_prefix(lead + "\x80") == before);
        }
    }
}

// RFC 3986 §2.3 and §2.1.
TEST_CASE("all but unreserved characters are escaped, in upper-case digits, unless they are kept") {
    using qry::text::percent_encode;
    CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
    CHECK(percent_encode("a b+c/\xC3\xA9%") == "a%20b%2Bc%2F%C3%A9%25");
    CHECK(percent_encode("/a b/", "/") == "/a%20b/");
    CHECK(percent_encode(std::string_view("\0\xff", 2)) == "%00%FF");
    CHECK(percent_encode("").empty());
}

TEST_CASE("bytes are written as two lower-case digits each") {
    CHECK(qry::text::hex_text(std::string_view("\0\x7f\xab\xff", 4)) == "007fabff");
    CHECK(qry::text::hex_text("").empty());
}
