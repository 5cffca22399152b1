#include "store/names.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace qry::store;

TEST_CASE("names of letters, digits, underscore, dot and minus are valid") {
    const std::string name =
        GENERATE(as<std::string>{}, "a", "Z", "9", "sales-2024", "a_b.c-d", std::string(64, 'x'));
    CAPTURE(name);
    CHECK(check_name(name).has_value());
}

TEST_CASE("any other name is refused with what is expected") {
    const std::string name = GENERATE(
        as<std::string>{},
        "",
        std::string(65, 'x'),
        "-a",
        "_a",
        ".a",
        "a b",
        "a/b",
        "a\n",
        "ä",
        "a'",
        std::string("a\0", 2)
    );
    CAPTURE(name);
    const auto checked = check_name(name);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().kind == qry::status::invalid_parameter);
    CHECK(checked.error().parameter == "name");
    CHECK(checked.error().message.find("expected 1 to 64 characters") != std::string::npos);
    CHECK(storable(checked.error().message));
}

TEST_CASE("text that is UTF-8 without NUL can be stored as it is") {
    const std::string text = GENERATE(
        as<std::string>{},
        "",
        "plain",
        "\xc2\x80",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf"
    );
    CHECK(storable(text));
    CHECK(made_storable(text) == text);
}

TEST_CASE("what is not UTF-8 becomes question marks, byte by byte") {
    using pair = std::pair<std::string, std::string>;
    const auto [text, expected] = GENERATE(values<pair>(
        {{std::string("a\0b", 3), "a?b"},
         {"\xff", "?"},
         {"\x80x", "?x"},
         {"\xc0\xaf", "??"},            // overlong
         {"\xe0\x9f\xbf", "???"},       // overlong
         {"\xed\xa0\x80", "???"},       // a surrogate
         {"\xf0\x8f\xbf\xbf", "????"},  // overlong
         {"\xf4\x90\x80\x80", "????"},  // beyond U+10FFFF
         {"\xe2\x82", "??"},            // cut short
         {"ok \xe2\x82\xac \xe2", "ok \xe2\x82\xac ?"}}
    ));
    CHECK_FALSE(storable(text));
    CHECK(made_storable(text) == expected);
}

TEST_CASE("ids are version 4 UUIDs, and differ") {
    std::set<std::string> ids;
    for (int i = 0; i < 1'000; ++i) {
        const std::string id = new_id();
        REQUIRE(id.size() == 36);
        REQUIRE(id[14] == '4');
        REQUIRE(std::string("89ab").find(id[19]) != std::string::npos);
        ids.insert(id);
    }
    CHECK(ids.size() == 1'000);
}
