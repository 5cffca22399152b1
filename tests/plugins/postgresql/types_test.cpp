#include <catch2/catch.hpp>

#include "live.hpp"

using namespace qry;
using namespace qry::test;

namespace {

struct value {
    const char* sql;
    const char* type;
    // As format_cell shows it, worked out by hand.
    const char* shown;
};

void check(conformance::session& s, const std::vector<value>& values) {
    for (const value& v : values) {
        const std::string select = std::string("select ") + v.sql;
        INFO(select);
        CHECK(type_of(s, select) == v.type);
        CHECK(cell(s, select) == v.shown);
        // The same type with a null.
        const std::string null = "select v from (select " + std::string(v.sql) +
                                 " as v) t where false union all select null";
        CHECK(cell(s, null) == "null");
    }
}

void make_types() {
    throwaway_server::shared().sql(
        "drop schema if exists ty cascade; create schema ty;"
        "create type ty.mood as enum ('sad', 'ok', 'happy');"
        "create domain ty.positive as int check (value > 0);"
        "create domain ty.price as numeric(10,2); create domain ty.list as ty.price[];"
        "create type ty.addr as (street text, no int, moved date);"
        "create type ty.person as (name text, home ty.addr, m ty.mood, tags text[]);"
        "create type ty.span as range (subtype = float8);"
        "create type ty.shown as (a int, b money)"
    );
}

}  // namespace

TEST_CASE("numbers at their limits are exact") {
    auto s = connect();
    check(
        *s,
        {{"true", "bool", "true"},
         {"false", "bool", "false"},
         {"(-32768)::int2", "int16", "-32768"},
         {"32767::int2", "int16", "32767"},
         {"(-2147483648)::int4", "int32", "-2147483648"},
         {"9223372036854775807::int8", "int64", "9223372036854775807"},
         {"(-9223372036854775808)::int8", "int64", "-9223372036854775808"},
         {"4294967295::oid", "uint32", "4294967295"},
         {"1.5::float4", "float", "1.5"},
         {"'NaN'::float4", "float", "nan"},
         {"'-Infinity'::float8", "double", "-inf"},
         {"5e-324::float8", "double", "5e-324"},
         {"1.7976931348623157e308::float8", "double", "1.7976931348623157e+308"}}
    );
}

TEST_CASE("declared numerics are decimals, undeclared ones exact text") {
    auto s = connect();
    check(
        *s,
        {{"12.5::numeric(12,2)", "decimal128(12, 2)", "12.50"},
         {"(-0.05)::numeric(3,2)", "decimal128(3, 2)", "-0.05"},
         {"0::numeric(38,10)", "decimal128(38, 10)", "0.0000000000"},
         {"99999999999999999999999999999999999999::numeric(38,0)",
          "decimal128(38, 0)",
          "99999999999999999999999999999999999999"},
         {"(-1)::numeric(39,38)",
          "decimal256(39, 38)",
          "-1.00000000000000000000000000000000000000"},
         {"1e70::numeric(76,5)",
          "decimal256(76, 5)",
          "10000000000000000000000000000000000000000000000000000000000000000000000.00000"},
         {"123456::numeric(5,-2)", "decimal128(7, 0)", "123500"},
         {"0.00012::numeric(3,5)", "decimal128(5, 5)", "0.00012"},
         {"1.5::numeric(80,2)", "string [decimal]", "1.50"},
         {"1.250::numeric", "string [decimal]", "1.250"},
         {"(-12345678901234567890.00012300)::numeric",
          "string [decimal]",
          "-12345678901234567890.00012300"},
         {"'NaN'::numeric", "string [decimal]", "NaN"},
         {"10000::numeric", "string [decimal]", "10000"},
         {"0.0001::numeric", "string [decimal]", "0.0001"},
         {"1e-20::numeric", "string [decimal]", "0.00000000000000000001"}}
    );
    const error nan = failure(*s, "select 'NaN'::numeric(5,2) as n");
    CHECK(nan.message == "column \"n\": the value NaN does not exist in decimal128(5, 2)");
}

TEST_CASE("undeclared numerics obey the datasource's choice") {
    auto wide = connect({{"numeric", "decimal(20,4)"}});
    CHECK(type_of(*wide, "select 1.5::numeric") == "decimal128(20, 4)");
    CHECK(cell(*wide, "select 1.5::numeric") == "1.5000");
    CHECK(failure(*wide, "select 0.00001::numeric").message.find("0.00001") != std::string::npos);
    auto loose = connect({{"numeric", "double"}});
    CHECK(type_of(*loose, "select avg(i) from generate_series(1, 4) i") == "double");
    CHECK(cell(*loose, "select avg(i) from generate_series(1, 4) i") == "2.5");
    CHECK(cell(*loose, "select 0.1::numeric") == "0.1");
    CHECK(cell(*loose, "select 'Infinity'::float8::text::numeric") == "inf");
}

TEST_CASE("texts, bytes and what looks like text") {
    auto s = connect();
    check(
        *s,
        {{"''::text", "string", ""},
         {"'äöü 漢字 🎉'::text", "string", "äöü 漢字 🎉"},
         {"'ab'::char(4)", "string", "ab  "},
         {"'ab'::varchar(4)", "string", "ab"},
         {"'nm'::name", "string", "nm"},
         {"'x'::\"char\"", "string", "x"},
         {"'\\x00ff'::bytea", "binary", "\\x00ff"},
         {"'{\"a\": [1]}'::jsonb", "string [json]", "{\"a\": [1]}"},
         {"'{ \"a\":1}'::json", "string [json]", "{ \"a\":1}"},
         {"'<a/>'::xml", "string", "<a/>"},
         {"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
          "string [uuid]",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
         {"'192.168.0.1/24'::inet", "string", "192.168.0.1/24"},
         {"'192.168.0.1'::inet", "string", "192.168.0.1"},
         {"'10.0.0.0/8'::cidr", "string", "10.0.0.0/8"},
         {"'2001:db8::1/64'::inet", "string", "2001:db8::1/64"},
         {"'08:00:2b:01:02:03'::macaddr", "string", "08:00:2b:01:02:03"},
         {"'08:00:2b:01:02:03:04:05'::macaddr8", "string", "08:00:2b:01:02:03:04:05"},
         {"B'10110'::bit(5)", "string", "10110"},
         {"B'101100111'::varbit", "string", "101100111"},
         {"'12.34'::money", "string", "$12.34"},
         {"'pg_class'::regclass", "string", "pg_class"},
         {"'a & b'::tsquery", "string", "'a' & 'b'"},
         {"point(1,2)", "string", "(1,2)"},
         {"int4range(1, 5)", "string", "[1,5)"},
         {"'{[1,3),[5,9)}'::int4multirange", "string", "{[1,3),[5,9)}"},
         {"'1 2'::int2vector", "string", "1 2"}}
    );
}

TEST_CASE("dates, times and intervals, with BC and both ends") {
    auto s = connect();
    check(
        *s,
        {{"date '2024-02-29'", "date32[day]", "2024-02-29"},
         // 44 BC is the astronomical year -43.
         {"date '0044-03-15 BC'", "date32[day]", "-0043-03-15"},
         {"date '5874897-12-31'", "date32[day]", "+5874897-12-31"},
         {"time '23:59:59.999999'", "time64[us]", "23:59:59.999999"},
         {"time '00:00'", "time64[us]", "00:00:00"},
         {"timetz '12:34:56.5+05:30'", "string [time_tz]", "12:34:56.5+05:30"},
         {"timetz '24:00:00-12'", "string [time_tz]", "24:00:00-12"},
         {"timestamp '1969-12-31 23:59:59.5'", "timestamp[us]", "1969-12-31 23:59:59.5"},
         {"timestamptz '2024-01-01 00:00:00+02'", "timestamp[us, tz=UTC]", "2023-12-31 22:00:00Z"},
         {"timestamp '294246-12-31 23:59:59.999999'",
          "timestamp[us]",
          "+294246-12-31 23:59:59.999999"}}
    );
    CHECK(type_of(*s, "select interval '1 day'") == "month_day_nano_interval [interval]");
    CHECK(cell(*s, "select interval '1 year 2 days 3.5 s'") == "1 year 2 days 00:00:03.5");
    CHECK(
        failure(*s, "select timestamp '294276-12-31'").message.find("after the year 294246") !=
        std::string::npos
    );
    CHECK(failure(*s, "select time '24:00' as t").message.find("24:00:00") != std::string::npos);
    CHECK(
        failure(*s, "select interval '2562047788:00:54'").message.find("292 years") !=
        std::string::npos
    );
}

TEST_CASE("infinite dates are an error that names the column, or NULL by choice") {
    auto s = connect();
    const error e = failure(*s, "select date '-infinity' as d");
    CHECK(e.message == "column \"d\": the date -infinity does not exist in date32");
    CHECK(e.hint.find("infinity=null") != std::string::npos);
    CHECK(
        failure(*s, "select timestamptz 'infinity'").message.find("infinity") != std::string::npos
    );
    auto lenient = connect({{"infinity", "null"}});
    CHECK(cell(*lenient, "select date 'infinity'") == "null");
    CHECK(cell(*lenient, "select timestamp '-infinity'") == "null");
    CHECK(cell(*s, "select 1") == "1");
}

TEST_CASE("arrays are lists; other shapes are refused with a way out") {
    auto s = connect();
    make_types();
    check(
        *s,
        {{"array[1,2,null]", "list<item: int32>", "[1, 2, null]"},
         {"array[]::int[]", "list<item: int32>", "[]"},
         {"array['a','b c',null,'NULL','{\"x\"}']",
          "list<item: string>",
          "[\"a\", \"b c\", null, \"NULL\", \"{\\\"x\\\"}\"]"},
         {"array[1.5,2]::numeric(5,2)[]", "list<item: decimal128(5, 2)>", "[1.50, 2.00]"},
         {"array['happy','sad']::ty.mood[]", "list<item: string>", "[\"happy\", \"sad\"]"},
         {"array['$1.00','$2.50']::money[]", "list<item: string>", "[\"$1.00\", \"$2.50\"]"},
         {"array[int4range(1,2), null]", "list<item: string>", "[\"[1,2)\", null]"},
         {"array[1,2]::ty.list", "list<item: decimal128(10, 2)>", "[1.00, 2.00]"}}
    );
    for (const char* sql : {"select array[[1,2],[3,4]]", "select '[0:1]={1,2}'::int[]"}) {
        CHECK(failure(*s, sql).hint.find("Cast the column to text") != std::string::npos);
    }
    CHECK(cell(*s, "select array[[1,2],[3,4]]::text") == "{{1,2},{3,4}}");
}

TEST_CASE("enums, domains, composites and ranges of the user's own") {
    auto s = connect();
    make_types();
    check(
        *s,
        {{"'ok'::ty.mood", "string [enum]", "ok"},
         {"5::ty.positive", "int32", "5"},
         {"3.14::ty.price", "decimal128(10, 2)", "3.14"},
         {"'[1.5,2)'::ty.span", "string", "[1.5,2)"},
         {"row('Main', 5, '2020-01-01')::ty.addr",
          "struct<street: string, no: int32, moved: date32[day]>",
          "{\"street\": \"Main\", \"no\": 5, \"moved\": \"2020-01-01\"}"},
         {"row('Bob', row('x', 1, null)::ty.addr, 'ok', array['t'])::ty.person",
          "struct<name: string, home: struct<street: string, no: int32, moved: date32[day]>, "
          "m: string, tags: list<item: string>>",
          "{\"name\": \"Bob\", \"home\": {\"street\": \"x\", \"no\": 1, \"moved\": null}, "
          "\"m\": \"ok\", \"tags\": [\"t\"]}"},
         {"array[row('s', 1, null)::ty.addr]",
          "list<item: struct<street: string, no: int32, moved: date32[day]>>",
          "[{\"street\": \"s\", \"no\": 1, \"moved\": null}]"},
         {"row(1, 2.5)", "string", "(1,2.5)"},
         {"row(1, 2.5)::ty.shown", "string", "(1,$2.50)"}}
    );
}

TEST_CASE("text that is not UTF-8 in a SQL_ASCII database is an error that says how to read it") {
    auto& server = throwaway_server::shared();
    server.sql("drop database if exists ascii");
    server.sql(
        "create database ascii encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'"
    );
    auto s = connect({{"dbname", "ascii"}});
    CHECK(cell(*s, "select 'plain'::text") == "plain");
    const error e = failure(*s, "select chr(233) || 'x' as word");
    CHECK(e.sqlstate == "22021");
    CHECK(e.hint.find("convert_from") != std::string::npos);
    CHECK(cell(*s, "select chr(233)::bytea") == "\\xe9");
}

TEST_CASE("values keep their places across batch boundaries, nulls included") {
    auto s = connect();
    const auto t = must(s->query(conformance::statement{
        .sql = "select case when i % 3 = 0 then null else i end, "
               "case when i % 5 = 0 then null else 't' || i end, i % 2 = 0 "
               "from generate_series(1, 100) i",
        .batch_rows = 7}));
    const auto rows = rows_of(t);
    REQUIRE(rows.size() == 100);
    CHECK(t.batches.size() >= 15);
    CHECK(rows[0] == R"({"i": 1, "case": "t1", "?column?": false})");
    CHECK(rows[6] == R"({"i": 7, "case": "t7", "?column?": false})");
    CHECK(rows[7] == R"({"i": 8, "case": "t8", "?column?": true})");
    CHECK(rows[14] == R"({"i": null, "case": null, "?column?": false})");
}
