"""Every value of PostgreSQL, cell by cell: ours beside asyncpg's and psycopg's."""

import asyncio
import decimal

import asyncpg
import psycopg
import pytest
import qry_host

# Expressions whose Python value must be the very one that asyncpg gives.
SAME = [
    "true", "false", "null::bool",
    "(-32768)::int2", "32767::int2", "null::int2",
    "(-2147483648)::int4", "2147483647::int4",
    "(-9223372036854775808)::int8", "9223372036854775807::int8",
    "0::float4", "'-0'::float8", "1.5::float4", "1e308::float8", "5e-324::float8",
    "'Infinity'::float8", "'-Infinity'::float4",
    "0::numeric(10,2)", "(-99999999.99)::numeric(10,2)", "12345678901234567890.123456789::numeric(38,9)",
    "99999999999999999999999999999999999999.99999::numeric(76,20)", "null::numeric(5,1)",
    "sum(x) from (values (1.10), (2.205)) t(x)", "avg(x) from (values (1), (2)) t(x)",
    "1e100::numeric", "0.000000000000000000000000000000000001::numeric", "'-0.00'::numeric",
    "''::text", "'héllo wörld 🎉'::text", "repeat('ab', 100000)", "null::text", "'x'::varchar(5)",
    "'x'::char(4)", "'name'::name",
    "''::bytea", r"'\x00ff10'::bytea", "null::bytea",
    "date '2024-02-29'", "date '0001-01-01'", "date '9999-12-31'",
    "time '00:00:00'", "time '23:59:59.999999'",
    "'12:34:56.789+02'::timetz",
    "timestamp '2024-02-29 12:34:56.123456'", "timestamp '0001-01-01 00:00:00'",
    "timestamptz '2024-02-29 12:34:56.123456+05:30'", "timestamptz '9999-12-31 00:00:00Z'",
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
    "'{\"a\": [1, null]}'::json", "'{\"a\": [1, null]}'::jsonb",
    "array[1, 2, null]::int4[]", "array[]::text[]", "array['a', null, 'ü']", "null::int8[]",
    "array[1.5, 2.25]::numeric(6,3)[]",
    "'2024-01-01'::date - '2023-01-01'::date", "1234::oid", "4294967295::oid",
]

# Expressions that clients show each in their own way: ours must be what the server's text says.
AS_TEXT = [
    "'192.168.1.0/24'::inet", "'2001:db8::1'::inet", "'10.0.0.0/8'::cidr",
    "'08:00:2b:01:02:03'::macaddr", "'08:00:2b:01:02:03:04:05'::macaddr8",
    "b'10110'", "b'101'::varbit(8)", "''::varbit",
    "'[1,10)'::int4range", "'empty'::int8range", "'(,2024-01-01)'::daterange",
    "'[2024-01-01 00:00,)'::tsrange", "'[1.5,2.5]'::numrange",
    "'{[1,3),[5,9)}'::int4multirange",
    "'<a>x</a>'::xml", "'a & b'::tsquery", "'fat cat'::tsvector",
    "'(1,2)'::point", "'12.34'::money", "'pg_class'::regclass",
    "'(0,1)'::tid", "'$.a[*]'::jsonpath", "'x'::\"char\"",
]


async def ours(dsn: dict, sql: str):
    async with qry_host.open(":memory:", jwt_secret_key="k") as host:
        source = await host.datasources.create(
            "pg", driver="postgresql",
            params={k: str(v) for k, v in dsn.items() if k != "password"},
            secrets={"password": dsn["password"]},
        )
        result = await source.execute(sql)
        return await result.rows()


async def fetch_all(dsn: dict, sql: str):
    connection = await asyncpg.connect(
        host=dsn["host"], port=int(dsn["port"]), user=dsn["user"], password=dsn["password"],
        database=dsn["dbname"],
    )
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def plain(value):
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


def test_values_are_those_of_asyncpg_and_psycopg(postgres):
    for expression in SAME:
        query = f"select {expression}"
        mine = asyncio.run(ours(postgres, query))
        theirs = asyncio.run(fetch_all(postgres, query))
        assert plain(mine) == plain(theirs), expression
        with psycopg.connect(**postgres) as connection:
            third = connection.execute(query).fetchall()
        if "json" not in expression:
            assert plain(mine) == plain(third), expression
        # Equal decimals may differ in their digits: psycopg keeps the server's, asyncpg does not.
        if isinstance(mine[0][0], decimal.Decimal):
            assert str(mine[0][0]) == str(third[0][0]), expression


@pytest.mark.parametrize("expression", AS_TEXT)
def test_other_types_are_the_text_that_the_server_gives(postgres, expression):
    ((mine, text),) = asyncio.run(ours(postgres, f"select v, format('%s', v) from (select {expression} as v) t"))
    assert mine == text


def test_nan_is_a_number_and_not_null(postgres):
    ((value, missing),) = asyncio.run(ours(postgres, "select 'NaN'::float8, null::float8"))
    assert value != value and missing is None
