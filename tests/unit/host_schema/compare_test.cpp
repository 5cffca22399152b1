#include <catch2/catch.hpp>

#include "parts.hpp"

using namespace qry;
using namespace qry::test;

namespace {

// "name|before|now" for each change.
std::vector<std::string> lines(const std::vector<schema_change>& changes) {
    std::vector<std::string> out;
    for (const auto& c : changes)
        out.push_back(c.name + "|" + c.before + "|" + c.now);
    return out;
}
using list_of = std::vector<std::string>;

const table_row orders{"d", "s", "orders"};
const column_row id{"d", "s", "orders", "id", 1, "bigint", "int64", false};
const column_row total{"d", "s", "orders", "total", 2, "numeric", "string"};

}  // namespace

TEST_CASE("equal snapshots differ in nothing") {
    const auto a = make_snapshot({orders}, {id, total});
    const auto b = make_snapshot({orders}, {total, id});
    CHECK(compare(*a, *b).empty());
}

TEST_CASE("added and removed tables are told by name, without their columns") {
    const auto a = make_snapshot({orders, {"d", "s", "gone"}}, {id});
    const auto b = make_snapshot(
        {orders, {"d", "s", "come"}, {"d", "z", "more"}}, {id, {"d", "s", "come", "x", 1}}
    );
    const auto diff = compare(*a, *b);
    CHECK(lines(diff.added) == list_of{"s.come||", "z.more||"});
    CHECK(lines(diff.removed) == list_of{"s.gone||"});
    CHECK(diff.changed.empty());
    CHECK(diff.renamed.empty());
    CHECK(diff.added[0].what == schema_change::object::table);
}

TEST_CASE("retyped columns, nullability and kind of a table are changes") {
    auto retyped = total;
    retyped.type = "text";
    auto optional = id;
    optional.nullable = true;
    auto view = orders;
    view.kind = "view";
    const auto diff =
        compare(*make_snapshot({orders}, {id, total}), *make_snapshot({view}, {optional, retyped}));
    CHECK(
        lines(diff.changed) ==
        list_of{"s.orders|table|view", "s.orders.id|not null|null", "s.orders.total|numeric|text"}
    );
    CHECK(diff.changed[1].what == schema_change::object::column);
    CHECK(diff.added.empty());
    CHECK(diff.removed.empty());
}

TEST_CASE("a column at the same place and of the same type was renamed") {
    auto amount = total;
    amount.name = "amount";
    const auto diff =
        compare(*make_snapshot({orders}, {id, total}), *make_snapshot({orders}, {id, amount}));
    CHECK(lines(diff.renamed) == list_of{"s.orders.amount|s.orders.total|s.orders.amount"});
    CHECK(diff.added.empty());
    CHECK(diff.removed.empty());
}

TEST_CASE("a column at another place, or of another type, was removed and added") {
    auto moved = total;
    moved.name = "amount";
    moved.ordinal = 3;
    auto retyped = total;
    retyped.name = "amount";
    retyped.type = "text";
    for (const auto& now : {moved, retyped}) {
        const auto diff =
            compare(*make_snapshot({orders}, {id, total}), *make_snapshot({orders}, {id, now}));
        CHECK(lines(diff.added) == list_of{"s.orders.amount||"});
        CHECK(lines(diff.removed) == list_of{"s.orders.total||"});
        CHECK(diff.renamed.empty());
    }
}

TEST_CASE("a table with the same columns in the same schema was renamed") {
    auto at = [](const char* schema, const char* table) {
        return std::vector<column_row>{
            {"d", schema, table, "id", 1}, {"d", schema, table, "x", 2, "text", "string"}};
    };
    const auto a = make_snapshot({{"d", "s", "old"}}, at("s", "old"));
    const auto diff = compare(*a, *make_snapshot({{"d", "s", "new"}}, at("s", "new")));
    CHECK(lines(diff.renamed) == list_of{"s.new|s.old|s.new"});
    CHECK(diff.added.empty());
    CHECK(diff.removed.empty());
    const auto elsewhere = compare(*a, *make_snapshot({{"d", "t", "new"}}, at("t", "new")));
    CHECK(elsewhere.renamed.empty());
    CHECK(lines(elsewhere.added) == list_of{"t.new||"});
    CHECK(lines(elsewhere.removed) == list_of{"s.old||"});
}

TEST_CASE("tables without columns are never taken for renamed") {
    const auto diff =
        compare(*make_snapshot({{"d", "s", "a"}}, {}), *make_snapshot({{"d", "s", "b"}}, {}));
    CHECK(diff.renamed.empty());
    CHECK(diff.added.size() == 1);
    CHECK(diff.removed.size() == 1);
}

TEST_CASE("of several tables that resemble, each is matched once, in order") {
    auto make = [](std::vector<std::string> names) {
        std::vector<table_row> tables;
        std::vector<column_row> columns;
        for (const auto& n : names) {
            tables.push_back({"d", "s", n});
            columns.push_back({"d", "s", n, "id", 1});
        }
        return make_snapshot(tables, columns);
    };
    const auto diff = compare(*make({"a", "b", "c"}), *make({"x", "y"}));
    CHECK(lines(diff.renamed) == list_of{"s.x|s.a|s.x", "s.y|s.b|s.y"});
    CHECK(lines(diff.removed) == list_of{"s.c||"});
    CHECK(diff.added.empty());
}

TEST_CASE("with several catalogs, names begin with the catalog") {
    const auto a = make_snapshot({{"d", "s", "t"}, {"e", "s", "t"}}, {});
    const auto b = make_snapshot({{"d", "s", "t"}}, {});
    CHECK(lines(compare(*a, *b).removed) == list_of{"e.s.t||"});
}

TEST_CASE("a snapshot that was found unchanged shares its content, and differs in nothing") {
    const auto read = make_snapshot({{"d", "s", "t"}}, {{"d", "s", "t", "c", 1}});
    const auto later = read->read_at() + std::chrono::hours(1);
    const auto now = renewed(read, later);
    CHECK(&now->content() == &read->content());
    CHECK(now->taken_at() == later);
    CHECK(now->read_at() == read->read_at());
    CHECK(compare(*read, *now).empty());
    // Earlier than the reading is no news.
    CHECK(renewed(read, later - std::chrono::hours(5))->taken_at() == read->read_at());
}
