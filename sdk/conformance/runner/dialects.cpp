// The built-in queries, for the dialects that everybody has.
#include "profile.hpp"

namespace qry::conformance {
namespace {

void sqlite(profile& p) {
    p.unreachable = {{"path", "/nonexistent-folder/none.db"}};
    p.sql.one = {"select 1 as one", "int64", "1"};
    p.sql.slow =
        "with recursive c(x) as (values(1) union all select x + 1 from c where x < 100000000000) "
        "select count(*) from c";
    p.sql.many =
        "with recursive c(x) as (values(1) union all select x + 1 from c where x < 120000) "
        "select x as n, 'row ' || x as t from c";
    p.sql.error = "select no_such_column_anywhere";
    p.sql.types = {
        {"select 42 as v", "int64", "42"},
        {"select -9223372036854775808 as v", "int64", "-9223372036854775808"},
        {"select 1.5 as v", "double", "1.5"},
        {"select 'Grüße' as v", "string", "Grüße"},
        {"select '' as v", "string", ""},
        {"select x'00ff' as v", "binary", "\\x00ff"},
        {"select null as v", "", std::nullopt},
    };
    p.sql.echo = {
        {"select $1", "int64", "-42"},
        {"select $1", "double", "2.5"},
        {"select $1", "string", "it's; drop table t; --"},
        {"select $1", "string", std::nullopt},
    };
}

void postgresql(profile& p) {
    // Port 1 of this machine: refused at once.
    p.unreachable = {{"host", "127.0.0.1"}, {"port", "1"}};
    p.host_parameter = "host";
    p.port_parameter = "port";
    p.sql.one = {"select 1 as one", "int32", "1"};
    p.sql.slow = "select pg_sleep(60)";
    p.sql.many = "select g as n, 'row ' || g as t from generate_series(1, 120000) g";
    p.sql.error = "select no_such_column_anywhere";
    p.sql.no_result = "set application_name to default";
    p.sql.types = {
        {"select true as v", "bool", "true"},
        {"select (-32768)::int2 as v", "int16", "-32768"},
        {"select 2147483647::int4 as v", "int32", "2147483647"},
        {"select '-9223372036854775808'::int8 as v", "int64", "-9223372036854775808"},
        {"select 1.5::float4 as v", "float", "1.5"},
        {"select 'NaN'::float8 as v", "double", "nan"},
        {"select 12.5::numeric(10,2) as v", "decimal128(10, 2)", "12.50"},
        {"select 'Grüße'::text as v", "string", "Grüße"},
        {"select ''::text as v", "string", ""},
        {"select '\\x00ff'::bytea as v", "binary", "\\x00ff"},
        {"select '2024-02-29'::date as v", "date32[day]", "2024-02-29"},
        {"select array[1, null, 3]::int4[] as v", "list<item: int32>", "[1, null, 3]"},
        {"select null::bool as v", "bool", std::nullopt},
        {"select null::int4 as v", "int32", std::nullopt},
        {"select null::numeric(10,2) as v", "decimal128(10, 2)", std::nullopt},
        {"select null::text as v", "string", std::nullopt},
        {"select null::int4[] as v", "list<item: int32>", std::nullopt},
    };
    p.sql.echo = {
        {"select $1::int8", "int64", "-42"},
        {"select $1::float8", "double", "2.5"},
        {"select $1::bool", "bool", "true"},
        {"select $1::text", "string", "it's; drop table t; --"},
        {"select $1::text", "string", std::nullopt},
    };
}

}  // namespace

bool built_in(const std::string& dialect, profile& out) {
    if (dialect == "sqlite") return sqlite(out), true;
    if (dialect == "postgresql") return postgresql(out), true;
    return false;
}

}  // namespace qry::conformance
