#include <catch2/catch.hpp>

#include <algorithm>

#include "live.hpp"

using namespace qry;
using namespace qry::test;

namespace {

void make_catalog() {
    throwaway_server::shared().sql(
        "drop schema if exists shop cascade; create schema shop; set search_path = shop;"
        "create type shop.state as enum ('new', 'paid');"
        "create domain shop.price as numeric(10,2);"
        "create table customer (id bigint generated always as identity primary key,"
        " email text not null unique, born date default '2000-01-01');"
        "create table orders (customer bigint references customer, line int, state shop.state,"
        " total shop.price, twice numeric generated always as (total * 2) stored, tags text[],"
        " dropped int, primary key (customer, line));"
        "alter table orders drop column dropped;"
        "create view big as select * from orders where total > 100;"
        "create materialized view counted as select count(*) from orders;"
        "create table parted (a int) partition by list (a);"
        "comment on table customer is 'who buys'; comment on column customer.email is 'unique';"
        "insert into customer (email) values ('a'), ('b'); analyze customer"
    );
}

}  // namespace

TEST_CASE("tables, columns and keys of a schema come as introspect.h says") {
    make_catalog();
    auto s = connect();
    const auto tables = rows_of(must(s->query(conformance::catalog_request{
        .part = QRY_INTROSPECT_TABLES, .first = true, .last = false, .schema = "shop"})));
    REQUIRE(tables.size() == 5);
    CHECK(
        tables[0] ==
        R"x({"catalog": "postgres", "schema": "shop", "name": "big", "kind": "view", )x"
        R"x("comment": null, "row_estimate": null})x"
    );
    CHECK(
        tables[2] ==
        R"x({"catalog": "postgres", "schema": "shop", "name": "customer", "kind": "table", )x"
        R"x("comment": "who buys", "row_estimate": 2})x"
    );
    CHECK(tables[1].find("\"materialized view\"") != std::string::npos);
    CHECK(tables[4].find("\"partitioned table\"") != std::string::npos);

    const auto columns = rows_of(must(s->query(conformance::catalog_request{
        .part = QRY_INTROSPECT_COLUMNS, .first = false, .last = false, .schema = "shop"})));
    const std::string head = R"x({"catalog": "postgres", "schema": "shop", "table": )x";
    const auto has = [&](const std::string& rest) {
        return std::find(columns.begin(), columns.end(), head + rest) != columns.end();
    };
    CHECK(
        has(R"x("customer", "name": "id", "ordinal": 1, "type": "bigint", "arrow_type": "int64", )x"
            R"x("nullable": false, "default": "generated always as identity", "comment": null})x")
    );
    CHECK(
        has(R"x("customer", "name": "born", "ordinal": 3, "type": "date", )x"
            R"x("arrow_type": "date32[day]", "nullable": true, "default": "'2000-01-01'::date", )x"
            R"x("comment": null})x")
    );
    CHECK(has(R"x("orders", "name": "total", "ordinal": 4, "type": "shop.price", )x"
              R"x("arrow_type": "decimal128(10, 2)", "nullable": true, "default": null, )x"
              R"x("comment": null})x"));
    CHECK(has(R"x("orders", "name": "tags", "ordinal": 6, "type": "text[]", )x"
              R"x("arrow_type": "list<item: string>", "nullable": true, "default": null, )x"
              R"x("comment": null})x"));
    for (const std::string& c : columns)
        CHECK(c.find("dropped") == std::string::npos);

    const auto keys = rows_of(must(s->query(conformance::catalog_request{
        .part = QRY_INTROSPECT_KEYS, .first = false, .last = true, .schema = "shop"})));
    REQUIRE(keys.size() == 4);
    CHECK(
        keys[3] ==
        R"x({"catalog": "postgres", "schema": "shop", "table": "orders", )x"
        R"x("name": "orders_customer_fkey", "kind": "foreign", "columns": ["customer"], )x"
        R"x("ref_catalog": "postgres", "ref_schema": "shop", "ref_table": "customer", )x"
        R"x("ref_columns": ["id"]})x"
    );
    CHECK(keys[2].find(R"x("columns": ["customer", "line"])x") != std::string::npos);
    must(s->reset());
    CHECK(cell(*s, "select 1") == "1");
    must(s->close());
    check_rules(*s);
}

TEST_CASE("all parts see one snapshot, and system schemas only when they are asked for") {
    make_catalog();
    auto s = connect();
    const conformance::catalog_request first{
        .part = QRY_INTROSPECT_TABLES, .first = true, .last = false};
    const auto before = rows_of(must(s->query(first)));
    for (const std::string& t : before)
        CHECK(t.find("pg_catalog") == std::string::npos);
    throwaway_server::shared().sql("create table shop.late (a int)");
    const auto columns = rows_of(must(s->query(conformance::catalog_request{
        .part = QRY_INTROSPECT_COLUMNS, .first = false, .last = false})));
    for (const std::string& c : columns)
        CHECK(c.find("\"late\"") == std::string::npos);
    // Left in the middle: reset ends the transaction.
    must(s->reset());
    const auto system = must(s->query(conformance::catalog_request{.schema = "pg_catalog"}));
    CHECK(system.rows() > 50);
    const auto elsewhere = must(s->query(conformance::catalog_request{.catalog = "other"}));
    CHECK(elsewhere.rows() == 0);
}
