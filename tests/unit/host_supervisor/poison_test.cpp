#include "supervisor/poison.hpp"

#include <catch2/catch.hpp>

using qry::supervisor::poison_list;
using qry::supervisor::statement_name;

namespace {
constexpr std::int64_t s = 1'000'000'000;
constexpr std::int64_t t0 = 5000 * s;
}  // namespace

TEST_CASE("a statement that killed two workers is refused for a minute, and no other") {
    poison_list list;
    list.strike("select boom()", t0);
    CHECK_FALSE(list.refuse("acme", "select boom()", t0));
    list.strike("select boom()", t0 + s);
    const auto refused = list.refuse("acme", "select boom()", t0 + 2 * s);
    REQUIRE(refused);
    CHECK(refused->kind == qry::status::plugin_crashed);
    CHECK(
        refused->message == "statement " + statement_name("select boom()") +
                                " is refused for 59 s: it was inside plugin 'acme' when that "
                                "crashed, 2 times"
    );
    CHECK_FALSE(list.refuse("acme", "select 1", t0 + 2 * s));
    CHECK(list.refuse("acme", "select boom()", t0 + 61 * s - 1));
    CHECK_FALSE(list.refuse("acme", "select boom()", t0 + 61 * s));
}

TEST_CASE("a third death after the minute refuses the statement again") {
    poison_list list;
    for (const std::int64_t at : {t0, t0 + s, t0 + 100 * s})
        list.strike("x", at);
    CHECK(list.refuse("acme", "x", t0 + 101 * s));
}

TEST_CASE("deaths ten minutes apart have nothing to do with each other") {
    poison_list list;
    list.strike("x", t0);
    list.strike("x", t0 + 601 * s);
    CHECK_FALSE(list.refuse("acme", "x", t0 + 602 * s));
}

TEST_CASE("the list is bounded: the oldest goes") {
    poison_list list({.most_known = 2});
    list.strike("a", t0);
    list.strike("b", t0 + 1);
    list.strike("c", t0 + 2);
    list.strike("a", t0 + 3);
    CHECK_FALSE(list.refuse("acme", "a", t0 + 4));
    list.strike("c", t0 + 5);
    CHECK(list.refuse("acme", "c", t0 + 6));
}

TEST_CASE("a statement is named by its FNV-1a hash") {
    CHECK(statement_name("") == "cbf29ce484222325");
    CHECK(statement_name("a") == "af63dc4c8601ec8c");
}
