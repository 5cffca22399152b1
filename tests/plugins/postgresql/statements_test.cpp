#include <catch2/catch.hpp>

#include "statements.hpp"

using namespace qry::postgresql;

namespace {

statement* keep(statement_cache& cache, const std::string& sql) {
    statement s;
    s.name = cache.next_name(sql);
    s.sql = sql;
    return cache.add(std::move(s));
}

}  // namespace

TEST_CASE("the least recently used statement is pushed out and named for closing") {
    statement_cache cache(2);
    const std::string first = keep(cache, "a")->name;
    const std::string second = keep(cache, "b")->name;
    CHECK(first != second);
    REQUIRE(cache.find("a") != nullptr);
    keep(cache, "c");
    CHECK(cache.find("b") == nullptr);
    CHECK(cache.find("a") != nullptr);
    CHECK(cache.take_evicted() == std::vector<std::string>{second});
    CHECK(cache.take_evicted().empty());
    cache.drop(cache.find("a"));
    CHECK(cache.find("a") == nullptr);
    CHECK(cache.take_evicted() == std::vector<std::string>{first});
}

TEST_CASE("without a capacity, or for a very long text, nothing is kept") {
    statement_cache none(0);
    CHECK(none.next_name("a").empty());
    REQUIRE(keep(none, "a") != nullptr);
    CHECK(none.find("a") == nullptr);
    statement_cache some(5);
    CHECK(some.next_name(std::string(20'000, 'x')).empty());
    CHECK_FALSE(some.next_name("a").empty());
}

TEST_CASE("only what cannot touch the session spares it the reset") {
    for (const char* sql : {"SELECT 1", "  select $1::int + 2", "select 'x' as y"}) {
        INFO(sql);
        CHECK(leaves_nothing(sql));
    }
    for (const char* sql :
         {"",
          "select f()",
          "select * from t",
          "SELECT 1 INTO x",
          "table t",
          "set a = 1",
          "select \"f\"",
          "with x as (select 1) select 1",
          "execute selecting",
          "values ($1)",
          "select U&'\\0041'"}) {
        INFO(sql);
        CHECK_FALSE(leaves_nothing(sql));
    }
}
