#include <catch2/catch.hpp>

#include "parts.hpp"

using namespace qry;
using namespace qry::test;

namespace {

schema_ptr shop() {
    return make_snapshot(
        {{"d", "s", "orders", "table", "one row\nper order", 12000},
         {"d", "s", "customers"},
         {"d", "s", "order_items"},
         {"d", "s", "Weather Report", "view"}},
        {{"d", "s", "orders", "id", 1},
         {"d", "s", "orders", "customer_id", 2},
         {"d", "s", "orders", "total", 3, "numeric(12,2)", "decimal128(12, 2)", true, {}, "gross"},
         {"d", "s", "customers", "id", 1},
         {"d", "s", "customers", "email", 2, "text", "string"},
         {"d", "s", "order_items", "order_id", 1},
         {"d", "s", "order_items", "line", 2, "int", "int32"},
         {"d", "s", "Weather Report", "day", 1, "date", "date32[day]"}},
        {{"d", "s", "orders", "o_pk", "primary", {{"id"}}},
         {"d", "s", "orders", "o_c", "foreign", {{"customer_id"}}, "d", "s", "customers", {{"id"}}},
         {"d", "s", "customers", "c_pk", "primary", {{"id"}}},
         {"d", "s", "customers", "c_u", "unique", {{"email"}}},
         {"d", "s", "order_items", "i_pk", "primary", {{"order_id", "line"}}}}
    );
}

std::size_t tables_in(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(");\n", at)) != std::string::npos; ++at)
        ++count;
    return count;
}

schema_ptr many(int tables) {
    std::vector<table_row> t;
    std::vector<column_row> c;
    for (int i = 0; i < tables; ++i) {
        const auto name = "table_" + std::to_string(i);
        t.push_back({"d", "s", name, "table", "comment of " + name});
        for (int k = 1; k <= 1 + i % 7; ++k) {
            c.push_back({"d", "s", name, "column_" + std::to_string(k), k});
        }
    }
    return make_snapshot(t, c);
}

}  // namespace

TEST_CASE("with room for all, everything is told, linked tables first") {
    CHECK(
        shop()->prompt(1000) ==
        "TABLE s.customers (\n"
        "  id bigint PRIMARY KEY,\n"
        "  email text UNIQUE,\n"
        ");\n"
        "TABLE s.orders ( -- one row per order; ~12000 rows\n"
        "  id bigint PRIMARY KEY,\n"
        "  customer_id bigint REFERENCES s.customers(id),\n"
        "  total numeric(12,2), -- gross\n"
        ");\n"
        "VIEW s.\"Weather Report\" (\n"
        "  day date,\n"
        ");\n"
        "TABLE s.order_items (\n"
        "  order_id bigint,\n"
        "  line int,\n"
        "  PRIMARY KEY (order_id, line),\n"
        ");\n"
    );
}

TEST_CASE("with too little room for comments, they go before any table does") {
    const auto s = shop();
    const auto full = s->prompt(1000).size();
    const auto text = s->prompt(full / 4 - 1);
    CHECK(tables_in(text) == 4);
    CHECK(text.find("--") == std::string::npos);
}

TEST_CASE("with less room, it is said how many tables were left out") {
    // customers takes 69 bytes, the note 26: 95 bytes, 24 tokens.
    CHECK(
        shop()->prompt(24) ==
        "TABLE s.customers (\n"
        "  id bigint PRIMARY KEY,\n"
        "  email text UNIQUE,\n"
        ");\n"
        "-- 3 more tables left out\n"
    );
    CHECK(shop()->prompt(7) == "-- 4 more tables left out\n");
    CHECK(shop()->prompt(6).empty());
    CHECK(shop()->prompt(1).empty());
    CHECK(shop()->prompt(0).empty());
}

TEST_CASE("a question brings the tables that matter, and their neighbours, to the front") {
    const auto text = shop()->prompt(86, "What was the average total of an Order last year?");
    INFO(text);
    const auto orders = text.find("TABLE s.orders ( -- one row per order; ~12000 rows");
    CHECK(orders == 0);
    // order_items by its name; customers only because orders refers to it.
    CHECK(text.find("TABLE s.order_items") != std::string::npos);
    CHECK(text.find("TABLE s.customers") > text.find("TABLE s.order_items"));
    CHECK(text.find("Weather") == std::string::npos);
    CHECK(text.ends_with("-- 1 more table left out\n"));
}

TEST_CASE("a question in the plural finds the singular, and the other way round") {
    const auto s =
        make_snapshot({{"d", "s", "aaa"}, {"d", "s", "companies"}, {"d", "s", "city"}}, {});
    CHECK(s->prompt(1000, "which company?").starts_with("TABLE s.companies"));
    CHECK(s->prompt(1000, "all cities").starts_with("TABLE s.city"));
    CHECK(s->prompt(1000, "the and of").starts_with("TABLE s.aaa"));
}

TEST_CASE("no prompt is ever above its budget") {
    const auto s = many(60);
    std::size_t last = 0;
    for (std::size_t tokens = 0; tokens < 3000; tokens += tokens < 100 ? 1 : 37) {
        for (const auto* question : {"", "table 13 and column 7", "nothing of that kind"}) {
            const auto text = s->prompt(tokens, question);
            INFO(tokens << " tokens, question '" << question << "'");
            REQUIRE((text.size() + 3) / 4 <= tokens);
            const auto note = text.rfind("-- ");
            const auto shown = tables_in(text);
            if (shown > 0 && shown < 60) {
                REQUIRE(
                    text.substr(note) == "-- " + std::to_string(60 - shown) + " more table" +
                                             (shown == 59 ? "" : "s") + " left out\n"
                );
            }
            if (*question == '\0') last = shown;
        }
    }
    CHECK(last == 60);
    CHECK(tables_in(s->prompt(std::numeric_limits<std::size_t>::max())) == 60);
}

TEST_CASE("a prompt is the same each time") {
    const auto s = many(200);
    CHECK(s->prompt(500, "column 3") == s->prompt(500, "column 3"));
    CHECK(s->prompt(500) == many(200)->prompt(500));
}

TEST_CASE("a long comment is cut between characters") {
    std::string comment(159, 'x');
    comment += "äöü";
    const auto s = make_snapshot({{"d", "s", "t", "table", comment}}, {});
    CHECK(s->prompt(1000) == "TABLE s.t ( -- " + std::string(159, 'x') + "…\n);\n");
}

TEST_CASE("names that need quotes have them") {
    const auto s = make_snapshot(
        {{"d", {}, "t"}},
        {{"d", {}, "t", "plain_1", 1, "x"},
         {"d", {}, "t", "UPPER", 2, "x"},
         {"d", {}, "t", "Mixed", 3, "x"},
         {"d", {}, "t", "1st", 4, "x"},
         {"d", {}, "t", "a\"b", 5, "x"}}
    );
    CHECK(
        s->prompt(1000) ==
        "TABLE t (\n  plain_1 x,\n  UPPER x,\n  \"Mixed\" x,\n  \"1st\" x,\n"
        "  \"a\"\"b\" x,\n);\n"
    );
}
