#include <catch2/catch.hpp>

#include <qry/kit/sql/tokenizer.hpp>

namespace qry::sql {

using numbers = std::vector<std::size_t>;

TEST_CASE("$1 … become ? in the order in which they stand") {
    auto made = rewrite_dollar("select $2, $1, $2 || '$3' -- $4\n from \"$5\"", dialect::trino);
    REQUIRE(made);
    CHECK(made->sql == "select ?, ?, ? || '$3' -- $4\n from \"$5\"");
    CHECK(made->order == numbers{2, 1, 2});
    CHECK(made->highest == 2);
}

TEST_CASE("a statement without arguments stays as it is, ? and all") {
    auto made = rewrite_dollar("select ? /* $1 */", dialect::trino);
    REQUIRE(made);
    CHECK(made->sql == "select ? /* $1 */");
    CHECK(made->order.empty());
}

TEST_CASE("placeholders that make no sense are refused at their position") {
    struct bad {
        const char* sql;
        std::int64_t position;
        const char* names;
    };
    for (const bad& b :
         {bad{"select $0", 8, "$0"},
          bad{"select 'ä', $1, ?", 17, "?"},
          bad{"select $1, $3", 12, "$2"},
          bad{"select $99999999999999999999", 8, "$99999999999999999999"},
          bad{"select $70000", 8, "$70000"}}) {
        INFO(b.sql);
        auto made = rewrite_dollar(b.sql, dialect::trino);
        REQUIRE(!made);
        CHECK(made.error().kind == status::query_error);
        CHECK(made.error().position == b.position);
        CHECK(made.error().message.find(b.names) != std::string::npos);
    }
}

TEST_CASE("statements that read are told from those that may write") {
    for (const char* sql :
         {"select 1",
          "(select 1) union (select 2)",
          "/* insert */ SELECT 'update' -- delete",
          "values (1)",
          "table t",
          "show tables",
          "with a as (select 1) select * from a",
          "explain select 1",
          "select \"into\" from t;"}) {
        INFO(sql);
        CHECK(only_reads(sql, dialect::postgresql));
        CHECK(only_reads(sql, dialect::trino));
    }
    for (const char* sql :
         {"insert into t values (1)",
          "select 1; select 2",
          "select 1; drop table t",
          "select * into t from u",
          "select * from t for update",
          "with a as (delete from t returning *) select * from a",
          "with a as (select 1) insert into t select * from a",
          "explain analyze select 1",
          "call p()",
          "begin",
          "set session x = 1",
          ""}) {
        INFO(sql);
        CHECK_FALSE(only_reads(sql, dialect::postgresql));
        CHECK_FALSE(only_reads(sql, dialect::trino));
    }
}

}  // namespace qry::sql
