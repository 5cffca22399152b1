#include <catch2/catch.hpp>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>

#include "fixture.hpp"

using namespace qry::test;
namespace arrow = qry::arrow;
using arrow::type_id;
using number_column = arrow::fixed_builder<std::int64_t>;
using text_column = arrow::binary_builder;

TEST_CASE("one statement at a time, with whatever idle text around it") {
    const auto session = in_memory();
    CHECK(ask(*session, " /* a */ SELECT 1 ; -- b\n ; /* c").rows.at(0).at(0) == "1");
    const auto second = fails(*session, "SELECT 'é'; DROP TABLE t");
    CHECK(contains(second.message, "a second one begins with 'DROP TABLE t'"));
    CHECK(second.position == 13);
    for (const char* nothing : {"", "  ", ";", "-- only this", "/* x */"}) {
        CHECK(contains(fails(*session, nothing).message, "no statement"));
    }
    CHECK(contains(fails(*session, std::string("SELECT 1\0, 2", 12)).message, "NUL"));
}

TEST_CASE("an error names its place, its number and its class") {
    const auto session = in_memory();
    const auto column = fails(*session, "SELECT 'é', nothing");
    CHECK(column.kind == qry::status::query_error);
    CHECK(column.from == qry::origin::server);
    CHECK(column.position == 13);
    (void)ask(*session, "CREATE TABLE t(a INTEGER PRIMARY KEY, b NOT NULL, CHECK (a < 10))");
    (void)ask(*session, "INSERT INTO t VALUES (1, 1)");
    CHECK(fails(*session, "INSERT INTO t VALUES (1, 1)").sqlstate == "23505");
    CHECK(fails(*session, "INSERT INTO t VALUES (2, NULL)").sqlstate == "23502");
    CHECK(fails(*session, "INSERT INTO t VALUES (99, 1)").sqlstate == "23514");
}

TEST_CASE("rows affected are those of the statement, unknown where it changes no rows") {
    const auto session = in_memory();
    CHECK(ask(*session, "CREATE TABLE t(a)").rows_affected == -1);
    CHECK(ask(*session, "INSERT INTO t VALUES (1), (2), (3)").rows_affected == 3);
    CHECK(
        ask(*session, "WITH x AS (SELECT 2) UPDATE t SET a = 0 WHERE a >= (SELECT * FROM x)")
            .rows_affected == 2
    );
    CHECK(ask(*session, "CREATE INDEX i ON t(a)").rows_affected == -1);
    CHECK(ask(*session, "SELECT * FROM t").rows_affected == -1);
    const auto returned = ask(*session, "DELETE FROM t WHERE a = 0 RETURNING a");
    CHECK(returned.rows.size() == 2);
    CHECK(returned.rows_affected == 2);
}

TEST_CASE("batches keep to their bounds and nothing is lost between them") {
    const auto session = in_memory();
    const std::string sql =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "SELECT i, 'row ' || i FROM n";
    const auto got = ask(*session, qry::conformance::statement{.sql = sql, .batch_rows = 300});
    CHECK(got.batches == 4);
    REQUIRE(got.rows.size() == 1000);
    CHECK(got.rows[299] == std::vector<std::string>{"300", "row 300"});
    CHECK(got.rows[999] == std::vector<std::string>{"1000", "row 1000"});
    CHECK(ask(*session, qry::conformance::statement{.sql = sql, .batch_bytes = 1}).batches == 1000);
}

TEST_CASE("arguments are bound by their number") {
    const auto session = in_memory();
    const auto twice =
        ask(*session,
            with_argument<number_column>("SELECT $1, $1 + 1", type_id::int64, std::int64_t{4}));
    CHECK(twice.rows.at(0) == std::vector<std::string>{"4", "5"});
    const auto text =
        ask(*session, with_argument<text_column>("SELECT $1 || '$2' -- $3", type_id::utf8, "a'b"));
    CHECK(text.rows.at(0).at(0) == "a'b$2");
    CHECK(
        ask(*session,
            with_argument<text_column>("SELECT length($1), typeof($1)", type_id::utf8, ""))
            .rows.at(0) == std::vector<std::string>{"0", "text"}
    );
}

TEST_CASE("too few and too many arguments are told with the number expected") {
    const auto session = in_memory();
    const auto none = fails(*session, "SELECT $1, $2");
    CHECK(none.kind == qry::status::invalid_parameter);
    CHECK(none.message == "the statement expects 2 arguments but 0 were given");
    const auto surplus =
        fails(*session, with_argument<number_column>("SELECT 1", type_id::int64, std::int64_t{4}));
    CHECK(surplus.message == "the statement expects 0 arguments but 1 was given");
    for (const char* sql : {"SELECT ?", "SELECT :name", "SELECT ?1", "SELECT $name"}) {
        CHECK(contains(fails(*session, sql).message, "is not a dollar sign and a number"));
    }
}

TEST_CASE("values that SQLite would change are refused, others keep their meaning") {
    const auto session = in_memory();
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(contains(
        fails(
            *session,
            with_argument<arrow::fixed_builder<double>>("SELECT $1", type_id::float64, nan)
        )
            .message,
        "$1 is NaN"
    ));
    CHECK(contains(
        fails(
            *session,
            with_argument<arrow::fixed_builder<std::uint64_t>>(
                "SELECT $1", type_id::uint64, ~std::uint64_t{0}
            )
        )
            .message,
        "18446744073709551615"
    ));
    const auto bound = [&](const arrow::data_type& type, auto value) {
        using builder = arrow::fixed_builder<decltype(value)>;
        const char* sql = "SELECT typeof($1) || ' ' || $1";
        return ask(*session, with_argument<builder>(sql, type, value)).rows.at(0).at(0);
    };
    CHECK(bound(arrow::data_type::decimal128(10, 2), arrow::int128{1250}) == "real 12.5");
    CHECK(bound(arrow::data_type::decimal128(10, 2), arrow::int128{1200}) == "integer 12");
    CHECK(
        bound(arrow::data_type::decimal128(38, 1), arrow::int128{12'345'678'901'234'567}) ==
        "text 1234567890123456.7"
    );
    CHECK(bound(type_id::date32, std::int32_t{19782}) == "text 2024-02-29");
    CHECK(
        bound(arrow::data_type::timestamp(arrow::time_unit::micro, "UTC"), std::int64_t{0}) ==
        "text 1970-01-01 00:00:00+00:00"
    );
}

TEST_CASE("an option that is not known is refused") {
    const auto session = in_memory();
    const auto e = fails(
        *session, qry::conformance::statement{.sql = "SELECT 1", .options = {{"numeric", "double"}}}
    );
    CHECK(e.kind == qry::status::invalid_parameter);
    CHECK(e.parameter == "numeric");
    CHECK(
        fails(
            *session, qry::conformance::statement{.sql = "SELECT 1", .options = {{"types", "x"}}}
        ).parameter == "types"
    );
}
