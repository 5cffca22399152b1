#include <catch2/catch.hpp>

#include "live.hpp"

using namespace qry;
using namespace qry::test;
using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;

namespace {

struct bound {
    const char* sql;
    data_type type;
    const char* value;
    // The server's text of it.
    const char* expected;
};

}  // namespace

TEST_CASE("arguments of every common type reach the server exactly") {
    auto s = connect();
    const std::vector<bound> cases{
        {"select $1::int4::text", type_id::int64, "42", "42"},
        {"select ($1 + 1::numeric)::text", type_id::int64, "41", "42"},
        {"select $1::text", type_id::int64, "7", "7"},
        {"select $1::int8::text", type_id::int64, "-9223372036854775808", "-9223372036854775808"},
        {"select $1::float8::text", type_id::float64, "0.1", "0.1"},
        {"select $1::float8::text", type_id::float64, "-inf", "-Infinity"},
        {"select (not $1)::text", type_id::boolean, "true", "false"},
        {"select $1::numeric::text", data_type::decimal128(12, 2), "-5", "-0.05"},
        {"select $1::text", type_id::utf8, "äöü '\"\\ 漢", "äöü '\"\\ 漢"},
        {"select ('2024-02-29'::date >= $1)::text", type_id::utf8, "2024-01-01", "true"},
        {"select $1::uuid::text",
         type_id::utf8,
         "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        {"select $1::jsonb::text", type_id::utf8, "{\"a\":1}", "{\"a\": 1}"},
        {"select encode($1::bytea, 'hex')", type_id::binary, "\x01\xff", "01ff"},
        {"select $1::date::text", type_id::date32, "19782", "2024-02-29"},
        // 0001-12-31 BC is one day before 0001-01-01, which is day -719162.
        {"select $1::date::text", type_id::date32, "-719163", "0001-12-31 BC"},
        {"select $1::time::text",
         data_type::time64(time_unit::micro),
         "86399999999",
         "23:59:59.999999"},
        {"select $1::timestamp::text",
         data_type::timestamp(time_unit::micro),
         "-500000",
         "1969-12-31 23:59:59.5"},
        {"select ($1::timestamptz at time zone 'UTC')::text",
         data_type::timestamp(time_unit::micro, "UTC"),
         "1709208000000000",
         "2024-02-29 12:00:00"},
        {"select $1::timestamp::text",
         data_type::timestamp(time_unit::milli, "UTC"),
         "1709208000123",
         "2024-02-29 12:00:00.123"},
        {"select $1::interval::text",
         data_type::duration(time_unit::micro),
         "-3723500000",
         "-01:02:03.5"},
        {"select coalesce($1::text, 'none')", type_id::null, "", "none"},
    };
    for (const bound& b : cases) {
        INFO(b.sql << " with " << b.value);
        const auto rows = must(s->query(with_argument(b.sql, b.type, b.value)));
        REQUIRE(rows.batches.size() == 1);
        const std::string shown = rows_of(rows)[0];
        std::string quoted = "\"";
        for (const char* c = b.expected; *c != '\0'; ++c) {
            if (*c == '"' || *c == '\\') quoted += '\\';
            quoted += *c;
        }
        CHECK(shown.find(": " + quoted + "\"}") != std::string::npos);
        must(s->reset());
    }
}

TEST_CASE("a wrong number of arguments names both numbers") {
    auto s = connect();
    auto t = s->query("select $1::int + $2::int");
    REQUIRE_FALSE(t);
    CHECK(t.error().kind == status::invalid_parameter);
    CHECK(t.error().message.find("2 parameters") != std::string::npos);
    CHECK(t.error().message.find("0 arguments") != std::string::npos);
    must(s->reset());
    auto more = s->query(with_argument("select 1", type_id::int64, "1"));
    REQUIRE_FALSE(more);
    must(s->reset());
    CHECK(cell(*s, "select 2") == "2");
}

TEST_CASE("a value that does not fit its parameter is an error, never another value") {
    auto s = connect();
    auto wide = s->query(with_argument("select $1::int4", type_id::int64, "2147483648"));
    REQUIRE_FALSE(wide);
    CHECK(wide.error().sqlstate == "22003");
    must(s->reset());
    auto fine =
        s->query(with_argument("select $1::timestamp", data_type::timestamp(time_unit::nano), "1"));
    REQUIRE_FALSE(fine);
    CHECK(fine.error().message.find("$1") != std::string::npos);
    must(s->reset());
    auto words = s->query(with_argument("select $1::int4", type_id::utf8, "ten"));
    REQUIRE_FALSE(words);
    CHECK(words.error().sqlstate == "22P02");
}
