#include <catch2/catch.hpp>

#include <string>

#include <qry/kit/sql/tokenizer.hpp>

using namespace qry::sql;

namespace {

// "SQL (count)"
std::string rewrite(std::string_view sql, dialect of = dialect::postgresql) {
    const auto out = rewrite_qmark(sql, of);
    if (!out) FAIL(out.error().message);
    return out->sql + " (" + std::to_string(out->count) + ")";
}

}  // namespace

TEST_CASE("placeholders are numbered in turn") {
    CHECK(rewrite("select ?, ? from t where a = ?") == "select $1, $2 from t where a = $3 (3)");
    CHECK(rewrite("?") == "$1 (1)");
    CHECK(rewrite("(?)") == "($1) (1)");
    CHECK(rewrite("?::int") == "$1::int (1)");
    CHECK(rewrite("") == " (0)");
    std::string twelve;
    for (int i = 0; i != 12; ++i)
        twelve += "?,";
    CHECK(rewrite(twelve) == "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12, (12)");
}

TEST_CASE("literals, identifiers and comments keep their question marks") {
    const char* sql = "'?' \"?\" -- ?\n/* ? /* ? */ ? */ $$?$$ $a$?$a$ E'\\'?' ";
    CHECK(rewrite(std::string(sql) + "?") == std::string(sql) + "$1 (1)");
    CHECK(rewrite("[?] `?` ?", dialect::sqlite) == "[?] `?` $1 (1)");
}

TEST_CASE("two question marks are one that is no placeholder") {
    CHECK(rewrite("a ?? 'k' and b = ?") == "a ? 'k' and b = $1 (1)");
    CHECK(rewrite("a ??| array[?]") == "a ?| array[$1] (1)");
    CHECK(rewrite("a ??& ?") == "a ?& $1 (1)");
    CHECK(rewrite("???") == "?$1 (1)");
    CHECK(rewrite("????") == "?? (0)");
    CHECK(rewrite("? ?") == "$1 $2 (2)");
}

TEST_CASE("a word right behind a placeholder stays a word of its own") {
    CHECK(rewrite("a=?and b=?") == "a=$1 and b=$2 (2)");
}

TEST_CASE("a statement without placeholders is left alone, numbered parameters included") {
    CHECK(rewrite("select $1, $2") == "select $1, $2 (0)");
    CHECK(rewrite("select 'unclosed ?") == "select 'unclosed ? (0)");
}

TEST_CASE("mixed styles are refused with the place") {
    const auto out = rewrite_qmark("select 'ä', ?, $2", dialect::postgresql);
    REQUIRE(!out);
    CHECK(out.error().kind == qry::status::query_error);
    CHECK(out.error().message == "the statement mixes ? and $2");
    CHECK(out.error().hint == "use ? for every argument; write ?? for an operator ?");
    // s is 1, the comma behind the literal 11, the first placeholder 13: characters, not bytes.
    CHECK(out.error().position == 16);
    // The other way round, too.
    CHECK_FALSE(rewrite_qmark("select $1, ?", dialect::postgresql));
}

TEST_CASE("numbered question marks are refused, since ?1 would become $11") {
    const auto out = rewrite_qmark("select ?1", dialect::sqlite);
    REQUIRE(!out);
    CHECK(out.error().message == "'?1' is no placeholder");
    CHECK(out.error().hint == "write ? for each argument in turn");
    CHECK(out.error().position == 8);
}
