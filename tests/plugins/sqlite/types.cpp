#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace qry::test;

namespace {

struct typed {
    const char* declared;
    const char* literal;
    const char* arrow;
    const char* cell;
};

// The table of README.md, cell by cell: what is stored, what comes out.
constexpr typed table[] = {
    {"INTEGER", "9223372036854775807", "int64", "9223372036854775807"},
    {"BIGINT", "-9223372036854775808", "int64", "-9223372036854775808"},
    {"int(11)", "0", "int64", "0"},
    {"BOOLEAN", "1", "bool", "true"},
    {"REAL", "0.1", "double", "0.1"},
    {"DOUBLE PRECISION", "9e999", "double", "inf"},
    {"FLOAT", "-1e-300", "double", "-1e-300"},
    {"DECIMAL(10,2)", "12.1", "decimal128(10, 2)", "12.10"},
    {"numeric ( 5 )", "-99999", "decimal128(5, 0)", "-99999"},
    {"NUMERIC", "12.5", "string", "12.5"},
    {"DECIMAL(50,10)", "7", "decimal256(50, 10)", "7.0000000000"},
    {"TEXT", "'häß'", "string", "häß"},
    {"VARCHAR(20)", "''", "string", ""},
    {"BLOB", "x'00ff'", "binary", "\\x00ff"},
    {"DATE", "'2024-02-29'", "date32[day]", "2024-02-29"},
    {"DATE", "'-0043-03-15'", "date32[day]", "-0043-03-15"},
    {"DATETIME", "'2024-02-29T13:05:00.123456'", "timestamp[us]", "2024-02-29 13:05:00.123456"},
    {"TIMESTAMP", "'2024-02-29 15:05:00+02:00'", "timestamp[us]", "2024-02-29 13:05:00"},
    {"TIMESTAMP WITH TIME ZONE",
     "'2024-02-29 13:05:00'",
     "timestamp[us, tz=UTC]",
     "2024-02-29 13:05:00Z"},
    {"TIME", "'23:59:59.5'", "time64[us]", "23:59:59.5"},
    {"UUID",
     "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'",
     "string",
     "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
    {"UUID",
     "x'f81d4fae7dec11d0a76500a0c91e6bf6'",
     "string",
     "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
    {"JSON", "'{\"a\": 1}'", "string", "{\"a\": 1}"},
};

std::string type_of(qry::conformance::session& on, const std::string& sql) {
    return ask(on, sql).fields.at(0).type.name();
}

std::size_t stored_rows(qry::conformance::session& on) {
    qry::conformance::statement what{.sql = "SELECT * FROM t", .options = {{"types", "stored"}}};
    return ask(on, std::move(what)).rows.size();
}

}  // namespace

TEST_CASE("declared types are honoured, null included") {
    const auto session = in_memory();
    for (const typed& t : table) {
        INFO(t.declared << " " << t.literal);
        (void)ask(*session, "CREATE TABLE t(c " + std::string(t.declared) + ")");
        (void)ask(*session, "INSERT INTO t VALUES (" + std::string(t.literal) + "), (NULL)");
        const auto got = ask(*session, "SELECT c FROM t");
        CHECK(got.fields.at(0).type.name() == t.arrow);
        CHECK(got.rows.at(0).at(0) == t.cell);
        CHECK(got.rows.at(1).at(0) == "null");
        CHECK(got.fields.at(0).metadata.at(0).second == t.declared);
        (void)ask(*session, "DROP TABLE t");
    }
}

TEST_CASE("a value that does not fit its declared type is an error, never another value") {
    const auto session = in_memory();
    const std::pair<const char*, const char*> cases[] = {
        {"INTEGER", "'abc'"},
        {"INTEGER", "1.5"},
        {"BOOLEAN", "2"},
        {"BOOLEAN", "'true'"},
        {"REAL", "'x'"},
        {"DECIMAL(4,2)", "123"},
        {"DECIMAL(4,2)", "0.125"},
        {"NUMERIC", "'abc'"},
        {"TEXT", "x'00'"},
        {"TEXT", "CAST(x'ff' AS TEXT)"},
        {"DATE", "'2023-02-29'"},
        {"DATE", "1700000000"},
        {"DATE", "'2024-01-01 10:00'"},
        {"DATETIME", "1700000000"},
        {"DATETIME", "'2024-01-01 00:00:00.1234567'"},
        {"TIME", "'25:00'"},
        {"UUID", "x'00'"},
        {"BLOB", "1"},
    };
    for (const auto& [declared, literal] : cases) {
        INFO(declared << " " << literal);
        (void)ask(*session, "CREATE TABLE t(\"the column\" " + std::string(declared) + ")");
        (void)ask(*session, "INSERT INTO t VALUES (NULL), (" + std::string(literal) + ")");
        const auto e = fails(*session, "SELECT * FROM t");
        CHECK(e.kind == qry::status::query_error);
        CHECK(contains(e.message, "column 'the column', row 2: "));
        CHECK(contains(e.message, std::string("does not fit the type ") + declared));
        CHECK_FALSE(e.hint.empty());
        // The way out that the hint names; bytes that are no text have another one.
        if (!contains(literal, "ff")) CHECK(stored_rows(*session) == 2);
        (void)ask(*session, "DROP TABLE t");
    }
}

TEST_CASE("the values of the first batch give an expression its type") {
    const auto session = in_memory();
    CHECK(type_of(*session, "SELECT 1") == "int64");
    CHECK(type_of(*session, "SELECT 1.5 UNION ALL SELECT NULL") == "double");
    CHECK(type_of(*session, "SELECT 'a'") == "string");
    CHECK(type_of(*session, "SELECT x'00'") == "binary");
    CHECK(type_of(*session, "SELECT NULL") == "string");
    CHECK(type_of(*session, "SELECT 1 WHERE 0") == "string");
    CHECK(type_of(*session, "SELECT count(*) FROM (SELECT 1)") == "int64");
}

TEST_CASE("mixed values become the narrowest type that holds all of them exactly") {
    const auto session = in_memory();
    const auto rows = [&](const std::string& values) {
        std::string out;
        const auto got = ask(*session, "SELECT * FROM (VALUES " + values + ")");
        out = got.fields.at(0).type.name() + ":";
        for (const auto& row : got.rows)
            out += " " + row.at(0);
        return out;
    };
    CHECK(rows("(NULL), (1), (2.5)") == "double: null 1 2.5");
    CHECK(rows("(2.5), (1), (NULL)") == "double: 2.5 1 null");
    CHECK(rows("(9007199254740993), (0.5)") == "string: 9007199254740993 0.5");
    CHECK(rows("(0.5), (9007199254740993)") == "string: 0.5 9007199254740993");
    CHECK(rows("(1), (2.0), ('x'), (NULL), (3)") == "string: 1 2 x null 3");
    CHECK(rows("(1), ('x'), (x'00')") == "binary: \\x31 \\x78 \\x00");
}

TEST_CASE("a later batch must fit the type that the first one gave") {
    const auto session = in_memory();
    (void)ask(*session, "CREATE TABLE t(a)");
    (void)ask(*session, "INSERT INTO t VALUES (1), (2), ('x')");
    const auto e =
        fails(*session, qry::conformance::statement{.sql = "SELECT a FROM t", .batch_rows = 2});
    CHECK(contains(e.message, "column 'a', row 3: the TEXT 'x' does not fit the type int64"));
    (void)ask(*session, "UPDATE t SET a = 'w' WHERE a = 1");
    CHECK(
        ask(*session, qry::conformance::statement{.sql = "SELECT a FROM t", .batch_rows = 2})
            .rows.size() == 3
    );
}
