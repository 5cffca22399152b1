#include <catch2/catch.hpp>

#include "array_text.hpp"

using namespace qry::postgresql;
using kind = array_text::kind;

TEST_CASE("array texts are taken apart as the server put them together") {
    const auto a = read_array_text(R"({a,"b c",NULL,"NULL","q\"\\x",""})");
    REQUIRE(a.what == kind::flat);
    REQUIRE(a.items.size() == 6);
    CHECK(a.items[0] == "a");
    CHECK(a.items[1] == "b c");
    CHECK_FALSE(a.items[2]);
    CHECK(a.items[3] == "NULL");
    CHECK(a.items[4] == "q\"\\x");
    CHECK(a.items[5] == "");
    CHECK(read_array_text("{}").items.empty());
}

TEST_CASE("shapes that a list cannot have, and broken texts, are told apart") {
    CHECK(read_array_text("{{1},{2}}").what == kind::nested);
    CHECK(read_array_text("[0:1]={1,2}").what == kind::nested);
    for (const char* broken : {"", "{", "a", "{a", "{,}", "{a,}", "{\"a}", "{\"a\"b}", "{a\\}"}) {
        INFO(broken);
        CHECK(read_array_text(broken).what == kind::malformed);
    }
}

TEST_CASE("an item written is an item read") {
    for (const std::string item : {"", "a,b", "{x}", "\"", "\\", "NULL", "ä"}) {
        std::string text = "{";
        append_array_item(text, item);
        text += '}';
        const auto a = read_array_text(text);
        REQUIRE(a.items.size() == 1);
        CHECK(a.items[0] == item);
    }
}
