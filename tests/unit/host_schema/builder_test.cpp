#include "schema/builder.hpp"

#include <catch2/catch.hpp>

#include "parts.hpp"

using namespace qry;
using namespace qry::test;
using schema::builder;

namespace {

// What begin_part or add_batch of `part` says, after the parts before it went well.
std::string message(const result<void>& r) {
    return r ? "" : r.error().message;
}

std::string prefix(const char* part) {
    return "plugin 'acme' broke the layout of introspection part '" + std::string(part) + "': ";
}

}  // namespace

TEST_CASE("a snapshot holds what the three parts said, sorted by catalog, schema and name") {
    const auto s = make_snapshot(
        {{"db", "public", "orders", "table", "one row per order", 12000},
         {"db", "public", "customers", "view"},
         {"db", "audit", "log"},
         {std::nullopt, std::nullopt, "zoo"}},
        {{"db", "public", "orders", "id", 1, "bigint", "int64", false, "nextval('s')", "the key"},
         {"db", "public", "orders", "total", 3, "numeric(12,2)", "decimal128(12, 2)"},
         {"db", "public", "orders", "customer_id", 2},
         {"db", "audit", "log", "at", 1, "timestamptz", "timestamp[us, tz=UTC]"}},
        {{"db", "public", "orders", "orders_pkey", "primary", {{"id"}}},
         {"db",
          "public",
          "orders",
          "fk",
          "foreign",
          {{"customer_id"}},
          "db",
          "public",
          "customers",
          {{"id"}}}}
    );
    REQUIRE(s->table_count() == 4);
    REQUIRE(s->column_count() == 4);
    // NULL sorts first.
    CHECK(s->table(0).name() == "zoo");
    CHECK(s->table(0).catalog() == std::nullopt);
    CHECK(s->table(0).schema() == std::nullopt);
    CHECK(s->table(0).column_count() == 0);
    CHECK(s->table(0).row_estimate() == std::nullopt);
    CHECK(s->table(1).name() == "log");
    CHECK(s->table(2).name() == "customers");
    CHECK(s->table(2).kind() == "view");
    CHECK(s->table(2).comment() == std::nullopt);
    const auto orders = s->table(3);
    CHECK(orders.name() == "orders");
    CHECK(orders.catalog() == "db");
    CHECK(orders.schema() == "public");
    CHECK(orders.comment() == "one row per order");
    CHECK(orders.row_estimate() == 12000);
    REQUIRE(orders.column_count() == 3);
    const auto id = orders.column(0);
    CHECK(id.name == "id");
    CHECK(id.ordinal == 1);
    CHECK(id.type == "bigint");
    CHECK(id.arrow_type == "int64");
    CHECK_FALSE(id.nullable);
    CHECK(id.default_value == "nextval('s')");
    CHECK(id.comment == "the key");
    CHECK(orders.column(1).name == "customer_id");
    CHECK(orders.column(2).name == "total");
    CHECK(orders.column(2).nullable);
    CHECK(orders.column(2).default_value == std::nullopt);
    const auto keys = orders.keys();
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].name == "orders_pkey");
    CHECK(keys[0].kind == key_kind::primary);
    CHECK(keys[0].columns == std::vector<std::string_view>{"id"});
    CHECK(keys[1].kind == key_kind::foreign);
    CHECK(keys[1].ref_catalog == "db");
    CHECK(keys[1].ref_schema == "public");
    CHECK(keys[1].ref_table == "customers");
    CHECK(keys[1].ref_columns == std::vector<std::string_view>{"id"});
    CHECK(s->catalogs() == std::vector<std::string_view>{"db"});
}

TEST_CASE("a database that knows no keys has a schema all the same") {
    builder b("acme");
    part t({table_row{"d", "s", "a"}});
    part c({column_row{"d", "s", "a", "id", 1}});
    REQUIRE(b.begin_part(1, t.schema));
    REQUIRE(b.add_batch(1, t.batch));
    REQUIRE(b.begin_part(2, c.schema));
    REQUIRE(b.add_batch(2, c.batch));
    const auto made = b.finish({1, {}, "c"});
    REQUIRE(made);
    CHECK((*made)->table_count() == 1);
    CHECK((*made)->table(0).column_count() == 1);
    CHECK((*made)->table(0).keys().empty());
}

TEST_CASE("a snapshot carries the stamp it was finished with") {
    const auto when = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    const auto s =
        make_snapshot({}, {}, {}, {.generation = 7, .taken_at = when, .config_hash = "abc"});
    CHECK(s->generation() == 7);
    CHECK(s->taken_at() == when);
    CHECK(s->config_hash() == "abc");
    CHECK(s->table_count() == 0);
    CHECK(s->age() > std::chrono::hours(24));
}

TEST_CASE("a snapshot of the future is of age zero") {
    const auto when = std::chrono::system_clock::now() + std::chrono::hours(5);
    CHECK(make_snapshot({}, {}, {}, {1, when, "c"})->age() == std::chrono::nanoseconds(0));
}

TEST_CASE("columns and keys of tables that were not listed are dropped and counted") {
    builder b("acme");
    const part t({table_row{"d", "s", "a"}, table_row{"d", "s", "a"}});
    const part c({column_row{"d", "s", "a", "x", 1}, column_row{"d", "s", "b", "y", 1}});
    const part k(
        {key_row{"d", "other", "a", "k", "primary", {{"x"}}},
         key_row{"d", "s", "a", "k", "check", {{"x"}}}}
    );
    REQUIRE(b.begin_part(1, t.schema));
    REQUIRE(b.add_batch(1, t.batch));
    REQUIRE(b.begin_part(2, c.schema));
    REQUIRE(b.add_batch(2, c.batch));
    REQUIRE(b.begin_part(3, k.schema));
    REQUIRE(b.add_batch(3, k.batch));
    CHECK(b.report().duplicate_tables == 1);
    CHECK(b.report().orphan_columns == 1);
    CHECK(b.report().orphan_keys == 1);
    CHECK(b.report().unknown_keys == 1);
    CHECK(b.rows(2) == 2);
    const auto s = b.finish({1, {}, "c"});
    REQUIRE(s);
    CHECK((*s)->table_count() == 1);
    CHECK((*s)->column_count() == 1);
    CHECK((*s)->table(0).keys().empty());
}

TEST_CASE("text that is not UTF-8 is repaired and counted") {
    builder b("acme");
    const part t({table_row{"d", "s", "a\xFF"}});
    const part c(std::vector<column_row>{});
    const part k(std::vector<key_row>{});
    REQUIRE(b.begin_part(1, t.schema));
    REQUIRE(b.add_batch(1, t.batch));
    REQUIRE(b.begin_part(2, c.schema));
    REQUIRE(b.begin_part(3, k.schema));
    CHECK(b.report().repaired_texts == 1);
    const auto s = b.finish({1, {}, "c"});
    REQUIRE(s);
    CHECK((*s)->table(0).name() == "a\uFFFD");
}

TEST_CASE("batches with an offset are read from their offset on") {
    builder b("acme");
    part t({table_row{"d", "s", "a"}, table_row{"d", "s", "b"}, table_row{"d", "s", "c"}});
    t.batch.offset = 1;
    t.batch.length = 1;
    part c(
        {column_row{"d", "s", "b", "skipped", 1, "x", "y", false},
         column_row{"d", "s", "b", "taken", 2, "x", "y", true}}
    );
    for (std::size_t i = 0; i < 10; ++i) {
        c.column(i).offset = 1;
        c.column(i).length = 1;
    }
    c.batch.length = 1;
    const part k(std::vector<key_row>{});
    REQUIRE(b.begin_part(1, t.schema));
    REQUIRE(b.add_batch(1, t.batch));
    REQUIRE(b.begin_part(2, c.schema));
    REQUIRE(b.add_batch(2, c.batch));
    REQUIRE(b.begin_part(3, k.schema));
    const auto s = b.finish({1, {}, "c"});
    REQUIRE(s);
    REQUIRE((*s)->table_count() == 1);
    CHECK((*s)->table(0).name() == "b");
    REQUIRE((*s)->table(0).column_count() == 1);
    CHECK((*s)->table(0).column(0).name == "taken");
    CHECK((*s)->table(0).column(0).ordinal == 2);
    CHECK((*s)->table(0).column(0).nullable);
}

TEST_CASE("another layout than the stated one is refused with the deviation") {
    builder b("acme");
    part t({table_row{"d", "s", "a"}});
    SECTION("no struct") {
        t.schema.format = "u";
        CHECK(
            message(b.begin_part(1, t.schema)) ==
            prefix("tables") + "the schema is 'u' instead of a struct ('+s')"
        );
    }
    SECTION("too few fields") {
        t.schema.n_children = 5;
        CHECK(message(b.begin_part(1, t.schema)) == prefix("tables") + "5 fields instead of 6");
    }
    SECTION("another name") {
        t.field(2).name = "table";
        CHECK(
            message(b.begin_part(1, t.schema)) ==
            prefix("tables") + "field 3 is named 'table' instead of 'name'"
        );
    }
    SECTION("another type") {
        t.field(5).format = "i";
        CHECK(
            message(b.begin_part(1, t.schema)) ==
            prefix("tables") + "field 'row_estimate' has the Arrow format 'i' instead of 'l'"
        );
    }
    SECTION("a dictionary") {
        t.field(3).dictionary = &t.field(4);
        CHECK(
            message(b.begin_part(1, t.schema)) ==
            prefix("tables") + "field 'kind' has the Arrow format 'u' (dictionary) instead of 'u'"
        );
    }
    SECTION("released") {
        t.schema.release = nullptr;
        CHECK(message(b.begin_part(1, t.schema)) == prefix("tables") + "the schema is empty");
    }
    SECTION("an unknown part") {
        CHECK(message(b.begin_part(4, t.schema)) == prefix("unknown") + "part 4 does not exist");
    }
    SECTION("out of order") {
        const part c(std::vector<column_row>{});
        CHECK(
            message(b.begin_part(2, c.schema)) == prefix("columns") + "it came before part 'tables'"
        );
    }
    SECTION("twice") {
        REQUIRE(b.begin_part(1, t.schema));
        CHECK(message(b.begin_part(1, t.schema)) == prefix("tables") + "it came twice");
    }
    SECTION("lists of something else") {
        const part c(std::vector<column_row>{});
        const part k(std::vector<key_row>{});
        k.schema.children[5]->children[0]->format = "i";
        REQUIRE(b.begin_part(1, t.schema));
        REQUIRE(b.begin_part(2, c.schema));
        CHECK(
            message(b.begin_part(3, k.schema)) ==
            prefix("keys") + "field 'columns' has the Arrow format '+l of i' instead of '+l'"
        );
    }
    SECTION("finished too early") {
        REQUIRE(b.begin_part(1, t.schema));
        const auto made = b.finish({1, {}, "c"});
        REQUIRE_FALSE(made);
        CHECK(made.error().message == prefix("columns") + "it is missing");
    }
}

TEST_CASE("a damaged batch is refused with the deviation") {
    builder b("acme");
    part t({table_row{"d", "s", "a"}, table_row{"d", "s", "b"}});
    REQUIRE(b.begin_part(1, t.schema));
    const auto say = [&] { return message(b.add_batch(1, t.batch)); };
    SECTION("a column too few") {
        t.batch.n_children = 3;
        CHECK(say() == prefix("tables") + "the batch has 3 columns instead of 6");
    }
    SECTION("a short column") {
        t.column(4).length = 1;
        CHECK(say() == prefix("tables") + "field 'comment' has 1 rows where the batch has 2");
    }
    SECTION("a buffer too few") {
        t.column(0).n_buffers = 2;
        CHECK(say() == prefix("tables") + "field 'catalog' has 2 buffers instead of 3");
    }
    SECTION("no data") {
        t.column(2).buffers[1] = nullptr;
        CHECK(say() == prefix("tables") + "field 'name' has no data buffer");
    }
    SECTION("no text") {
        t.column(2).buffers[2] = nullptr;
        CHECK(say() == prefix("tables") + "field 'name' has no text buffer");
    }
    SECTION("falling offsets") {
        const std::int32_t offsets[] = {0, 2, 1};
        t.column(2).buffers[1] = offsets;
        CHECK(say() == prefix("tables") + "field 'name' has falling offsets at row 1");
    }
    SECTION("negative offsets") {
        const std::int32_t offsets[] = {-1, 0, 1};
        t.column(2).buffers[1] = offsets;
        CHECK(say() == prefix("tables") + "field 'name' has a negative offset");
    }
    SECTION("NULL where a value must be") {
        const part n({table_row{"d", "s", "a"}, table_row{"d", "s", std::nullopt}});
        CHECK(
            message(b.add_batch(1, n.batch)) == prefix("tables") + "field 'name' is NULL in row 1"
        );
    }
    SECTION("a batch before its schema") {
        const part c(std::vector<column_row>{});
        CHECK(
            message(b.add_batch(2, c.batch)) == prefix("columns") + "a batch came before the schema"
        );
    }
    SECTION("a list with a NULL item") {
        const part c(std::vector<column_row>{});
        const part k({key_row{"d", "s", "a", "k", "primary", std::vector<text>{std::nullopt}}});
        REQUIRE(b.begin_part(2, c.schema));
        REQUIRE(b.begin_part(3, k.schema));
        CHECK(
            message(b.add_batch(3, k.batch)) ==
            prefix("keys") + "field 'columns' holds a list with a NULL item"
        );
    }
    SECTION("a foreign key to nowhere") {
        const part c(std::vector<column_row>{});
        const part k({key_row{"d", "s", "a", "k", "foreign", {{"x"}}}});
        REQUIRE(b.add_batch(1, t.batch));
        REQUIRE(b.begin_part(2, c.schema));
        REQUIRE(b.begin_part(3, k.schema));
        CHECK(
            message(b.add_batch(3, k.batch)) ==
            prefix("keys") + "the foreign key on table 'a' has no ref_table or no ref_columns"
        );
    }
}
