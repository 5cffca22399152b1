"""Every type of Trino, cell by cell: ours beside those of Trino's own Python client."""

import datetime
import decimal
import math
import struct
import uuid

import pyarrow
import pytest

from cells import INSTANTS, SAME, columns, shape


def test_values_are_those_of_trinos_own_client(ours, theirs):
    query = columns(SAME)
    for expression, mine, other in zip(SAME, ours.rows(query)[0], theirs(query)[0], strict=True):
        assert shape(mine) == shape(other), expression


def test_a_real_is_the_nearest_single_to_what_the_server_prints(ours, theirs):
    query = "select real '-3.4028235e38', real '1.4e-45', real '0.1', real '16777217'"
    single = [struct.unpack("f", struct.pack("f", value))[0] for value in theirs(query)[0]]
    assert list(ours.rows(query)[0]) == single


def test_nan_is_nan(ours):
    (row,) = ours.rows("select nan(), cast(nan() as real), array[nan()]")
    assert math.isnan(row[0]) and math.isnan(row[1]) and math.isnan(row[2][0])


def test_an_instant_is_the_one_that_trinos_own_client_gives(ours, theirs):
    query = columns(INSTANTS)
    for expression, mine, other in zip(INSTANTS, ours.rows(query)[0], theirs(query)[0], strict=True):
        assert mine == other, expression
        if mine is not None:
            assert mine.utcoffset() == datetime.timedelta(0), expression


@pytest.mark.parametrize(
    ("precision", "arrow"),
    [(0, "ms"), (3, "ms"), (4, "us"), (6, "us"), (7, "ns"), (9, "ns")],
)
def test_a_timestamp_keeps_every_digit_that_arrow_can_hold(ours, precision, arrow):
    digits = "123456789"[:precision]
    text = "2024-02-29 12:34:56" + (f".{digits}" if digits else "")

    async def body(source):
        return (await (await source.execute(f"select timestamp '{text}', timestamp '{text} UTC'")).to_arrow())

    table = ours.run(body)
    assert table.schema.types == [pyarrow.timestamp(arrow), pyarrow.timestamp(arrow, "UTC")]
    unit = {"ms": 10**3, "us": 10**6, "ns": 10**9}[arrow]
    seconds = int(datetime.datetime(2024, 2, 29, 12, 34, 56, tzinfo=datetime.timezone.utc).timestamp())
    expected = seconds * unit + int(digits.ljust(9, "0")) * unit // 10**9
    for column in table.columns:
        assert column.cast(pyarrow.int64()).to_pylist() == [expected]


def test_an_interval_is_the_servers_text(ours):
    query = "select interval '1' day, interval '-2' hour, interval '3' month, interval '-1' year, cast(null as interval day to second)"
    assert ours.rows(query) == [("1 00:00:00.000", "-0 02:00:00.000", "0-3", "-1-0", None)]


def test_what_arrow_cannot_hold_stays_the_servers_text(ours):
    query = (
        "select timestamp '2024-02-29 12:34:56.123456789012', time '12:34:56.123456789012',"
        " time '12:34:56.123 +05:30', interval '1' day + interval '2' hour"
    )
    half_past = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    zoned = datetime.time(12, 34, 56, 123000, half_past)
    assert ours.rows(query) == [
        ("2024-02-29 12:34:56.123456789012", "12:34:56.123456789012", zoned, "1 02:00:00.000")
    ]


def test_a_row_has_the_names_of_its_fields(ours):
    (row,) = ours.rows(
        "select cast(row(1, 'x', row(null)) as row(a integer, \"b c\" varchar, inner_row row(z date))),"
        " row(1, 'x'), cast(null as row(a integer)), array[cast(row(1) as row(a bigint))]"
    )
    assert row == ({"a": 1, "b c": "x", "inner_row": {"z": None}}, {"field0": 1, "field1": "x"}, None, [{"a": 1}])


def test_an_unknown_type_is_the_servers_text(ours, theirs):
    query = "select color('red'), cast(approx_set(1) as varchar) from (values 1) t where false"
    assert ours.rows(query.replace(", cast(approx_set(1) as varchar)", "")) == []
    query = "select color('red'), null"
    assert ours.rows(query) == theirs(query)


ARGUMENTS = [
    (True, "boolean"), (False, "boolean"), (0, "bigint"), (-(2**31), "bigint"), (2**31, "bigint"),
    (2**63 - 1, "bigint"), (-(2**63), "bigint"), (1.5, "double"), (-0.0, "double"), (math.inf, "double"),
    (5e-324, "double"), ("", "varchar(0)"), ("it's", "varchar(4)"), ("héllo 🎉", "varchar(7)"), ("a\nb\x00c", None),
    (b"", "varbinary"), (b"\x00\xff'", "varbinary"), (decimal.Decimal("1.10"), "decimal(3,2)"),
    (decimal.Decimal("-99999999999999999999999999999999999999"), "decimal(38,0)"),
    (datetime.date(2024, 2, 29), "date"), (datetime.date(1, 1, 1), "date"),
    (datetime.time(12, 34, 56, 789000), None),
    (datetime.datetime(2024, 2, 29, 12, 34, 56, 123456), "timestamp(6)"),
    (uuid.UUID("12151fd2-7586-11e9-8f9e-2a86e4085a59"), "uuid"),
    ("select 1; -- ' /* ", None), ("$1 ? %s {}", None),
]


@pytest.mark.parametrize(("value", "type_name"), ARGUMENTS, ids=lambda a: repr(a)[:24])
def test_an_argument_comes_back_as_it_was_sent(ours, value, type_name):
    ((echoed, kind),) = ours.rows("select $1, typeof($1)", [value])
    assert shape(echoed) == shape(value)
    if type_name is not None:
        assert kind == type_name


def test_null_and_nan_are_arguments(ours):
    ((null, nan),) = ours.rows("select $1, $2", [None, math.nan])
    assert null is None and math.isnan(nan)


def test_an_instant_as_argument_is_the_same_instant(ours):
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    sent = datetime.datetime(2024, 2, 29, 12, 34, 56, 123456, tzinfo=zone)
    assert ours.rows("select $1", [sent]) == [(sent,)]


def test_a_placeholder_in_a_literal_or_a_comment_is_text(ours):
    assert ours.rows("select '$1', \"$2\" from (values ($1)) t(\"$2\") -- $3", [7]) == [("$1", 7)]
