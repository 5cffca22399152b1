#include <catch2/catch.hpp>

#include <string>

#include <qry/kit/sql/tokenizer.hpp>

using namespace qry::sql;

namespace {

// The statements, each in [].
std::string parts(std::string_view sql, dialect of = dialect::postgresql) {
    std::string out;
    for (const std::string_view part : split(sql, of))
        out += "[" + std::string(part) + "]";
    return out;
}

}  // namespace

TEST_CASE("semicolons separate statements and are dropped") {
    CHECK(parts("select 1; select 2") == "[select 1][select 2]");
    CHECK(parts("select 1;") == "[select 1]");
    CHECK(parts("begin; update t set a=1; end;") == "[begin][update t set a=1][end]");
    CHECK(statement_count("select 1; select 2;", dialect::ansi) == 2);
}

TEST_CASE("empty statements and comments are no statements") {
    CHECK(parts("").empty());
    CHECK(parts(" ;; -- nothing\n; /* ; */").empty());
    CHECK(parts("; -- a\n select 1 -- b\n;;") == "[select 1]");
}

TEST_CASE("a semicolon that is quoted, commented or in parentheses does not separate") {
    CHECK(
        parts("select ';', \";\" /* ; */, $$;$$ -- ;\n, 1") ==
        "[select ';', \";\" /* ; */, $$;$$ -- ;\n, 1]"
    );
    CHECK(
        parts("create rule r as on insert to t do (select 1; select 2); select 3") ==
        "[create rule r as on insert to t do (select 1; select 2)][select 3]"
    );
}

TEST_CASE("the body of a routine is part of its statement") {
    CHECK(
        parts("create or replace function f() returns int begin atomic select 1; "
              "select case when true then 1 end; end; select 2") ==
        "[create or replace function f() returns int begin atomic select 1; "
        "select case when true then 1 end; end][select 2]"
    );
    CHECK(
        parts(
            "create temp trigger tr after insert on t begin delete from a; end; select 1",
            dialect::sqlite
        ) == "[create temp trigger tr after insert on t begin delete from a; end][select 1]"
    );
    // A table may have a column of that name.
    CHECK(
        parts("create table t (a int); select begin from t; select 1") ==
        "[create table t (a int)][select begin from t][select 1]"
    );
}

TEST_CASE("a closing parenthesis too many changes nothing") {
    CHECK(parts("select 1); select 2") == "[select 1)][select 2]");
}

TEST_CASE("the first keyword is found behind blanks, comments and parentheses") {
    CHECK(first_keyword("select 1", dialect::ansi) == "SELECT");
    CHECK(first_keyword("  -- x\n /* y */ ((With a as", dialect::ansi) == "WITH");
    CHECK(first_keyword(";insert into t", dialect::ansi) == "INSERT");
    CHECK(first_keyword("", dialect::ansi).empty());
    CHECK(first_keyword("/* only */", dialect::ansi).empty());
    CHECK(first_keyword("'select'", dialect::ansi).empty());
}
