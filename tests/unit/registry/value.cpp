#include "value.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qry::registry;

namespace {

parameter of(parameter_type type) {
    parameter p;
    p.name = "p";
    p.type = type;
    return p;
}

std::string good(const parameter& p, std::string_view value) {
    const auto text = canonical(p, value);
    INFO("value: " << value);
    if (!text) FAIL(text.error().message);
    return *text;
}

std::string bad(const parameter& p, std::string_view value) {
    const auto text = canonical(p, value);
    INFO("value: " << value);
    if (text) FAIL("accepted as " << *text);
    CHECK(text.error().kind == qry::status::invalid_parameter);
    CHECK(text.error().parameter == "p");
    return text.error().message;
}

}  // namespace

TEST_CASE("a boolean takes the words people use and becomes true or false") {
    const parameter p = of(parameter_type::boolean);
    for (const char* yes : {"true", "True", "YES", "on", "1"})
        CHECK(good(p, yes) == "true");
    for (const char* no : {"false", "No", "OFF", "0"})
        CHECK(good(p, no) == "false");
    CHECK(
        bad(p, "maybe") ==
        "parameter 'p' is 'maybe'; expected true or false (yes, no, on, off, 1 and 0 serve as well)"
    );
    CHECK_THAT(bad(p, ""), Catch::StartsWith("parameter 'p' is empty; expected true or false"));
    bad(p, "2");
    bad(p, "true ");
}

TEST_CASE("an integer loses decoration and keeps within its range") {
    parameter p = of(parameter_type::integer);
    CHECK(good(p, "007") == "7");
    CHECK(good(p, "-5") == "-5");
    CHECK(good(p, "9223372036854775807") == "9223372036854775807");
    CHECK(
        bad(p, "9223372036854775808") ==
        "parameter 'p' is '9223372036854775808'; expected an integer"
    );
    for (const char* wrong : {"", " 1", "1 ", "1.0", "1e3", "0x10", "one", "+1"})
        bad(p, wrong);
    p.minimum = 1;
    p.maximum = 65535;
    CHECK(good(p, "65535") == "65535");
    CHECK(bad(p, "65536") == "parameter 'p' is '65536'; expected an integer from 1 to 65535");
    CHECK(bad(p, "0") == "parameter 'p' is '0'; expected an integer from 1 to 65535");
    p.maximum.reset();
    CHECK(bad(p, "0") == "parameter 'p' is '0'; expected an integer of at least 1");
    p.minimum.reset();
    p.maximum = 9;
    CHECK(bad(p, "10") == "parameter 'p' is '10'; expected an integer of at most 9");
}

TEST_CASE("a number is finite and written shortest") {
    parameter p = of(parameter_type::number);
    CHECK(good(p, "0.50") == "0.5");
    CHECK(good(p, "1e3") == "1000");
    CHECK(good(p, "-2") == "-2");
    for (const char* wrong : {"", "nan", "inf", "-inf", "1e999", "1,5", "0x1p3", "1.5 "})
        bad(p, wrong);
    p.minimum = 0;
    p.maximum = 1;
    CHECK(good(p, "1.0") == "1");
    CHECK(bad(p, "1.01") == "parameter 'p' is '1.01'; expected a number from 0 to 1");
}

TEST_CASE("a duration becomes seconds") {
    parameter p = of(parameter_type::duration);
    CHECK(good(p, "5m") == "300");
    CHECK(good(p, "250ms") == "0.25");
    CHECK(good(p, "90") == "90");
    CHECK(good(p, "0.000000001") == "0.000000001");
    CHECK(good(p, "1.5s") == "1.5");
    for (const char* wrong : {"", "0", "-1", "nan", "1e300", "5 m", "m", "5d"}) {
        CHECK_THAT(bad(p, wrong), Catch::EndsWith("expected a duration longer than zero"));
    }
    p.minimum = 2;
    p.maximum = 60;
    CHECK(good(p, "1m") == "60");
    CHECK(bad(p, "61s") == "parameter 'p' is '61s'; expected a duration from 2 to 60 seconds");
    CHECK(
        bad(p, "1999ms") == "parameter 'p' is '1999ms'; expected a duration from 2 to 60 seconds"
    );
}

TEST_CASE("an enumeration tells what it takes, and what was meant") {
    parameter p = of(parameter_type::string);
    p.enumeration = {"disable", "prefer", "verify-full"};
    CHECK(good(p, "prefer") == "prefer");
    const auto wrong = canonical(p, "Verify_full");
    REQUIRE(!wrong);
    CHECK(
        wrong.error().message ==
        "parameter 'p' is 'Verify_full'; expected one of disable, prefer, verify-full"
    );
    CHECK(wrong.error().hint == "did you mean 'verify-full'?");
}

TEST_CASE("a pattern is anchored at both ends, and its own sentence explains it") {
    parameter p = of(parameter_type::string);
    p.pattern = "[a-z]+";
    CHECK(good(p, "abc") == "abc");
    CHECK(bad(p, "abc1") == "parameter 'p' is 'abc1'; expected text that matches [a-z]+");
    bad(p, "1abc");
    p.pattern = "a|ab";
    CHECK(good(p, "ab") == "ab");
    bad(p, "abc");
    p.pattern_error = "an account has no dots";
    CHECK(bad(p, "x.y") == "parameter 'p' is 'x.y': an account has no dots");
}

TEST_CASE("control characters and broken UTF-8 are refused without being repeated") {
    parameter p = of(parameter_type::string);
    CHECK(
        bad(p, std::string_view("a\0b", 3)) ==
        "parameter 'p' holds a control character (0x00); expected text of one line"
    );
    CHECK(
        bad(p, "db\n") ==
        "parameter 'p' holds a control character (0x0a); expected text of one line"
    );
    CHECK(
        bad(p, "a\x7f") ==
        "parameter 'p' holds a control character (0x7f); expected text of one line"
    );
    CHECK(
        bad(p, "\xff") == "parameter 'p' holds bytes that are not UTF-8; expected text of one line"
    );
    CHECK(good(p, "gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
    p.multiline = true;
    CHECK(good(p, "-----BEGIN\r\n\tx\n") == "-----BEGIN\r\n\tx\n");
    CHECK(bad(p, "a\x1b[0m") == "parameter 'p' holds a control character (0x1b); expected text");
}

TEST_CASE("a file parameter is not empty, other text may be") {
    parameter p = of(parameter_type::string);
    CHECK(good(p, "").empty());
    p.file = true;
    CHECK(bad(p, "") == "parameter 'p' is empty; expected the path of a file");
    CHECK(good(p, "/no/such/file") == "/no/such/file");
}

TEST_CASE("a long value is cut in the message, between two characters") {
    parameter p = of(parameter_type::integer);
    const std::string message = bad(p, std::string(79, 'x') + "\xc3\xbc" + std::string(100, 'y'));
    CHECK(message == "parameter 'p' is '" + std::string(79, 'x') + "…'; expected an integer");
}

TEST_CASE("the value of a secret is never in a message") {
    parameter p = of(parameter_type::integer);
    p.secret = true;
    CHECK(bad(p, "hunter2") == "parameter 'p' is given; expected an integer");
    p = of(parameter_type::string);
    p.secret = true;
    p.enumeration = {"hunter1"};
    const auto wrong = canonical(p, "hunter2");
    REQUIRE(!wrong);
    CHECK(wrong.error().message.find("hunter2") == std::string::npos);
    CHECK(wrong.error().hint.empty());
}
