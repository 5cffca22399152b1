"""Values there and back: what rows() gives, what args take."""

import datetime as dt
import math
import uuid
from decimal import Decimal

import pytest

import qry_host

UTC = dt.timezone.utc


def one(datasource_runner, sql, args=()):
    async def body(ds):
        return (await (await ds.execute(sql, args)).rows())[0][0]

    return datasource_runner(body)


@pytest.mark.parametrize(
    "sql, expected",
    [
        ("select 1::int2", 1),
        ("select (-9223372036854775808)::int8", -(2**63)),
        ("select true", True),
        ("select 1.5::float4", 1.5),
        ("select 'NaN'::float8", math.nan),
        ("select '-Infinity'::float8", -math.inf),
        ("select 12.50::numeric(10,2)", Decimal("12.50")),
        ("select -0.05::numeric(4,2)", Decimal("-0.05")),
        ("select 1e30::numeric", Decimal("1e30")),
        ("select sum(x) from (values (0.1), (0.2)) v(x)", Decimal("0.3")),
        ("select 'NaN'::numeric", Decimal("NaN")),
        ("select 'ä€😀'", "ä€😀"),
        (r"select '\x00ff'::bytea", b"\x00\xff"),
        ("select date '2024-02-29'", dt.date(2024, 2, 29)),
        ("select time '13:05:00.5'", dt.time(13, 5, 0, 500000)),
        ("select timestamp '1969-12-31 23:59:59.999999'", dt.datetime(1969, 12, 31, 23, 59, 59, 999999)),
        ("select timestamptz '2024-01-01 12:00+02'", dt.datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("select interval '1 month 2 days 3.5 s'", qry_host.Interval(1, 2, 3_500_000_000)),
        (
            "select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
            uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ),
        ("""select '{"a":1}'::json""", '{"a":1}'),
        ("select array[1,null,3]", [1, None, 3]),
        ("select null::int", None),
        (
            "select '12:34:56.789+02'::timetz",
            dt.time(12, 34, 56, 789000, dt.timezone(dt.timedelta(hours=2))),
        ),
    ],
)
def test_postgresql_values_come_as_asyncpg_gives_them(with_postgres, sql, expected):
    got = one(with_postgres, sql)
    assert type(got) is type(expected)
    if isinstance(expected, (float, Decimal)) and expected != expected:
        assert got != got
    else:
        assert got == expected
    if isinstance(expected, Decimal) and expected == expected and "1e30" not in sql:
        assert str(got) == str(expected)


@pytest.mark.parametrize(
    "sql, shown",
    [
        ("select date '0044-03-15 BC' as born", "-0043-03-15"),
        ("select timestamp '20000-01-01' as born", "20000-01-01"),
    ],
)
def test_dates_that_python_has_not_are_an_error_that_names_them(with_postgres, sql, shown):
    async def body(pg):
        with pytest.raises(ValueError) as caught:
            await (await pg.execute(sql)).rows()
        assert "column 'born'" in str(caught.value)
        assert shown in str(caught.value)
        assert "cast it to text" in str(caught.value)
        # The session is not harmed.
        assert await (await pg.execute("select 1")).rows() == [(1,)]

    with_postgres(body, pool_max_size=1)


@pytest.mark.parametrize(
    "cast, value",
    [
        ("int8", 2**63 - 1),
        ("numeric", 2**64),
        ("numeric", 10**75),
        ("bool", False),
        ("float8", 0.1),
        ("text", "it's $1"),
        ("text", ""),
        ("bytea", b"\0\1"),
        ("numeric", Decimal("123456789012345678901234567890.123456789")),
        ("numeric", Decimal("-1E+5")),
        ("date", dt.date(1, 1, 1)),
        ("time", dt.time(23, 59, 59, 999999)),
        ("timestamp", dt.datetime(2024, 2, 29, 1, 2, 3, 4)),
        ("timestamptz", dt.datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC)),
        ("uuid", uuid.UUID(int=5)),
        ("int8[]", [1, None, -3]),
        ("text[]", ["a", "b,c", None]),
        ("int8", None),
    ],
)
def test_arguments_come_back_as_they_went(with_postgres, cast, value):
    got = one(with_postgres, f"select $1::{cast}", [value])
    assert got == value


def test_a_time_in_another_zone_is_the_same_instant(with_postgres):
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    value = dt.datetime(2024, 1, 1, 1, 0, tzinfo=zone)
    got = one(with_postgres, "select $1::timestamptz", [value])
    assert got == value and got.utcoffset() == dt.timedelta(0)


def test_a_timedelta_is_bound_exactly(with_postgres):
    value = dt.timedelta(days=-3, microseconds=1)
    got = one(with_postgres, "select extract(epoch from $1::interval) * 1000000", [value])
    assert got == value // dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    "args, error, words",
    [
        ([1, object()], TypeError, r"\$2.*object"),
        ([{}], TypeError, r"\$1.*dict.*json\.dumps"),
        ([[1, "a"]], TypeError, r"\$1\[1\].*one type"),
        (["a", [1, [object()]]], TypeError, r"\$2\[1\]\[0\].*object"),
        ("abc", TypeError, "args must be a sequence"),
        ([10**80], qry_host.InvalidParameter, "76 digits"),
        ([Decimal("1e-5000")], qry_host.InvalidParameter, "exponent"),
    ],
)
def test_arguments_that_cannot_be_bound_are_named(with_sqlite, args, error, words):
    async def body(lite):
        with pytest.raises(error, match=words):
            await lite.execute("select 1", args)

    with_sqlite(body)


def test_sqlite_values(with_sqlite):
    async def body(lite):
        await lite.execute("create table v (i integer, r real, t text, b blob)")
        await lite.execute("insert into v values ($1, $2, $3, $4)", [2**62, 0.5, "ü", b"\xff"])
        await lite.execute("insert into v values (null, null, null, null)")
        rows = await (await lite.execute("select * from v order by i nulls last")).rows()
        assert rows == [(2**62, 0.5, "ü", b"\xff"), (None, None, None, None)]

    with_sqlite(body)


def test_a_million_cells_come_in_order_and_the_loop_goes_on(with_sqlite):
    import asyncio

    sql = "with recursive n(i) as (select 0 union all select i + 1 from n where i < 199999) select i, -i, 'x', i * 0.5, null from n"

    async def body(lite):
        longest = 0.0
        stop = False

        async def pulse():
            nonlocal longest
            loop = asyncio.get_running_loop()
            while not stop:
                before = loop.time()
                await asyncio.sleep(0)
                longest = max(longest, loop.time() - before)

        beat = asyncio.create_task(pulse())
        rows = await (await lite.execute(sql)).rows()
        stop = True
        await beat
        assert len(rows) == 200_000
        assert all(row == (i, -i, "x", i * 0.5, None) for i, row in enumerate(rows))
        print(f"longest stall of the loop: {longest * 1000:.1f} ms")
        assert longest < 1.0

    with_sqlite(body)
