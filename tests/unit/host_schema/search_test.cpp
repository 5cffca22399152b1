#include <catch2/catch.hpp>

#include "parts.hpp"
#include "schema/lookup.hpp"
#include "schema/words.hpp"

using namespace qry;
using namespace qry::test;

namespace {

// "table" or "table.column" for each hit, in order.
std::vector<std::string> names(
    const schema_snapshot& s, std::string_view text, std::size_t n = 50
) {
    std::vector<std::string> out;
    for (const auto& hit : s.search(text, n)) {
        std::string name(s.table(hit.table).name());
        if (hit.column) name.append(".").append(s.table(hit.table).column(*hit.column).name);
        out.push_back(name);
    }
    return out;
}

using list_of = std::vector<std::string>;

}  // namespace

TEST_CASE("names split into words at underscores, humps and digits") {
    CHECK(schema::words_of("order_items") == list_of{"order", "items"});
    CHECK(schema::words_of("customerOrders") == list_of{"customer", "orders"});
    CHECK(schema::words_of("HTTPServer2 by-day") == list_of{"http", "server", "2", "by", "day"});
    CHECK(schema::words_of("Größe") == list_of{"größe"});
    CHECK(schema::words_of(" _ -").empty());
    CHECK(schema::words_of("").empty());
}

TEST_CASE("folding keeps the length and knows more than ASCII") {
    CHECK(schema::fold("ÄÖÜ Straße ĄŻ ΑΩ ЖЯЁ ß×Þ") == "äöü straße ąż αω жяё ß×þ");
    CHECK(schema::fold("İ") == "İ");
}

TEST_CASE("a search ranks exact name, prefix, part, column, comment") {
    const auto s = make_snapshot(
        {{"d", "s", "reorders"},
         {"d", "s", "orders_archive"},
         {"d", "s", "misc", "table", "what orders leave behind"},
         {"d", "s", "orders"},
         {"d", "s", "old_orders"}},
        {{"d", "s", "misc", "orders", 1}, {"d", "s", "misc", "other", 2}}
    );
    CHECK(
        names(*s, "orders") ==
        list_of{"orders", "orders_archive", "old_orders", "reorders", "misc.orders", "misc"}
    );
    CHECK(names(*s, "ORDERS", 2) == list_of{"orders", "orders_archive"});
    CHECK(names(*s, "orders", 0).empty());
    const auto hits = s->search("orders");
    CHECK(hits.front().score > hits.back().score);
}

TEST_CASE("words of a search may be written in any style") {
    const auto s = make_snapshot(
        {{"d", "s", "OrderItems"}, {"d", "s", "order_items_old"}, {"d", "s", "order"}}, {}
    );
    for (const auto* text : {"order items", "order_items", "orderItems", "ITEMS order"}) {
        INFO(text);
        CHECK(names(*s, text).front() == "OrderItems");
        CHECK(names(*s, text) == list_of{"OrderItems", "order_items_old"});
    }
}

TEST_CASE("every word must match, unless nothing matches them all") {
    const auto s = make_snapshot(
        {{"d", "sales", "orders"}, {"d", "hr", "orders"}, {"d", "hr", "people"}},
        {{"d", "sales", "orders", "total", 1}, {"d", "hr", "people", "total", 1}}
    );
    // "sales" is the schema; only its table and that table's columns hold both.
    const auto both = s->search("sales orders");
    REQUIRE(both.size() == 1);
    CHECK(s->table(both[0].table).schema() == "sales");
    CHECK(names(*s, "orders total") == list_of{"orders.total"});
    CHECK(names(*s, "people nonsense") == list_of{"people"});
    CHECK(names(*s, "nonsense").empty());
    CHECK(names(*s, "").empty());
}

TEST_CASE("a name written in humps is found by who does not know of them") {
    const auto s = make_snapshot(
        {{"d", "s", "CustomerOrders"}, {"d", "s", "customers"}, {"d", "s", "HTTPServer2"}}, {}
    );
    CHECK(names(*s, "customerorders") == list_of{"CustomerOrders"});
    CHECK(names(*s, "orders") == list_of{"CustomerOrders"});
    CHECK(names(*s, "merord") == list_of{"CustomerOrders"});
    CHECK(names(*s, "http server") == list_of{"HTTPServer2"});
    // One letter begins a word, or says nothing.
    CHECK(names(*s, "o") == list_of{"CustomerOrders"});
    CHECK(names(*s, "u").empty());
}

TEST_CASE("numbers in names are words of their own") {
    const auto s = make_snapshot({{"d", "s", "unit12"}, {"d", "s", "unit_312"}}, {});
    CHECK(names(*s, "12") == list_of{"unit12", "unit_312"});
    CHECK(names(*s, "unit 12") == list_of{"unit12", "unit_312"});
    CHECK(names(*s, "3") == list_of{"unit_312"});
}

TEST_CASE("a column is found once, by its name and its comment together") {
    const auto s = make_snapshot(
        {{"d", "s", "t"}},
        {{"d", "s", "t", "total", 1, "int", "int32", true, {}, "gross total of an order"},
         {"d", "s", "t", "net", 2, "int", "int32", true, {}, "net total of an order"},
         {"d", "s", "t", "tax", 3, "int", "int32", true, {}, "net total of an order"}}
    );
    CHECK(names(*s, "total") == list_of{"t.total", "t.net", "t.tax"});
    CHECK(names(*s, "total gross") == list_of{"t.total"});
    CHECK(names(*s, "net order") == list_of{"t.net", "t.tax"});
    // Types are not what a search is for.
    CHECK(names(*s, "int").empty());
}

TEST_CASE("of a word that stands everywhere, the tables named by it still come first") {
    std::vector<table_row> tables;
    std::vector<column_row> columns;
    for (int i = 0; i < 3000; ++i) {
        tables.push_back({"d", "s", "t" + std::to_string(i)});
        for (int c = 1; c <= 200; ++c) {
            const std::string name = "value_" + std::to_string(c);
            columns.push_back({"d", "s", tables.back().name, name, c});
        }
    }
    tables.push_back({"d", "s", "value"});
    const auto s = make_snapshot(tables, columns);
    const auto found = names(*s, "value", 3);
    CHECK(found == list_of{"value", "t0.value_1", "t0.value_2"});
    CHECK(s->prompt(100, "what value?").starts_with("TABLE s.value "));
}

TEST_CASE("a word does not match across two texts") {
    // "ab" and "cd" lie one behind the other in the block.
    const auto s = make_snapshot({{"d", "s", "ab"}, {"d", "s", "cd"}}, {});
    CHECK(names(*s, "bc").empty());
}

TEST_CASE("other alphabets are found in either case") {
    const auto s = make_snapshot({{"d", "s", "Übersicht"}, {"d", "s", "ЗАКАЗЫ"}}, {});
    CHECK(names(*s, "übersicht") == list_of{"Übersicht"});
    CHECK(names(*s, "заказы") == list_of{"ЗАКАЗЫ"});
}

TEST_CASE("a table is found by its name with or without schema and catalog") {
    const auto s = make_snapshot(
        {{"db", "a", "Orders"},
         {"db", "b", "orders"},
         {"db", "b", "with.dot"},
         {std::nullopt, std::nullopt, "bare"}},
        {}
    );
    const auto where = [&](std::string_view name) -> std::string {
        const auto t = s->find(name);
        if (!t) return "";
        return std::string(t->schema().value_or("-")) + ":" + std::string(t->name());
    };
    CHECK(where("orders") == "b:orders");
    CHECK(where("Orders") == "a:Orders");
    CHECK(where("ORDERS") == "a:Orders");
    CHECK(where("a.orders") == "a:Orders");
    CHECK(where("b.orders") == "b:orders");
    CHECK(where("db.b.orders") == "b:orders");
    CHECK(where("DB.B.ORDERS") == "b:orders");
    CHECK(where("with.dot") == "b:with.dot");
    CHECK(where("b.with.dot") == "b:with.dot");
    CHECK(where("bare") == "-:bare");
    CHECK(where("x.orders").empty());
    CHECK(where(".orders").empty());
    CHECK(where("orders.").empty());
    CHECK(where("").empty());
}
