"""Expressions for every type of Trino, and how two values are compared."""

import datetime
import math

# Whose Python value must be the very one that the other client gives.
SAME = [
    "true", "false", "cast(null as boolean)",
    "tinyint '-128'", "tinyint '127'", "cast(null as tinyint)",
    "smallint '-32768'", "smallint '32767'",
    "integer '-2147483648'", "integer '2147483647'",
    "bigint '-9223372036854775808'", "bigint '9223372036854775807'", "cast(null as bigint)",
    "real '0'", "real '1.5'",
    "double '0'", "double '-0'", "double '1.7976931348623157e308'", "double '4.9e-324'", "double '0.1'",
    "infinity()", "-infinity()", "cast(infinity() as real)", "cast(null as double)",
    "decimal '0'", "decimal '1.10'", "cast(-99999.99 as decimal(7,2))",
    "decimal '99999999999999999999999999999999999999'", "decimal '-0.00000000000000000000000000000000000001'",
    "cast(null as decimal(38,5))",
    "''", "'héllo wörld 🎉'", "'a''b'", "cast(null as varchar)", "cast('x' as char(4))",
    "'\\ \"quoted\" \t tab'", "u&'\\0001 \\001f \\2028'", "rpad('', 100000, 'ab')",
    "X''", "X'00ff10'", "cast(null as varbinary)",
    "date '2024-02-29'", "date '0001-01-01'", "date '9999-12-31'", "date '1969-12-31'", "cast(null as date)",
    "time '00:00:00'", "time '23:59:59'", "time '12:34:56.789'", "time '12:34:56.123456'", "cast(null as time)",
    "timestamp '2024-02-29 12:34:56'", "timestamp '2024-02-29 12:34:56.123'",
    "timestamp '2024-02-29 12:34:56.123456'", "timestamp '0001-01-01 00:00:00.001'",
    "timestamp '9999-12-31 23:59:59.999999'", "timestamp '1969-12-31 23:59:59.5'", "cast(null as timestamp)",
    "uuid '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "cast(null as uuid)",
    "array[1, 2, null]", "cast(array[] as array(varchar))", "array['a', null, 'ü']",
    "array[array[1], null, cast(array[] as array(integer))]", "cast(null as array(bigint))",
    "array[decimal '1.50', null]", "array[date '2024-02-29']", "array[X'00', null]",
    "map(array['a', 'b'], array[1, null])", "map(array[1, 2], array['x', 'y'])",
    "map(cast(array[] as array(varchar)), cast(array[] as array(integer)))",
    "map(array[date '2024-02-29'], array[true])", "map(array[decimal '1.5'], array[double '2.5'])",
    "json '{\"a\": [1, null, \"x\"]}'", "json 'null'", "cast(null as json)",
    "ipaddress '10.0.0.1'", "ipaddress '2001:db8::1'",
]

# Instants: the other client keeps the zone's name, ours is the instant in UTC.
INSTANTS = [
    "timestamp '2024-02-29 12:34:56.123456 UTC'", "timestamp '2024-02-29 12:34:56.123 +05:30'",
    "timestamp '2024-07-01 00:00:00 Europe/Paris'", "timestamp '2024-01-01 00:00:00 America/New_York'",
    "timestamp '1969-12-31 23:59:59.9 Asia/Kolkata'", "timestamp '2024-03-31 03:00:00 Europe/Paris'",
    "cast(null as timestamp with time zone)",
]


def columns(expressions):
    return "select " + ", ".join(f"{e} as c{i}" for i, e in enumerate(expressions))


def shape(value):
    """A value with its type, so that 1, 1.0, True and Decimal('1') are four things; a map as its pairs."""
    if isinstance(value, dict):
        return [[shape(k), shape(v)] for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        return [shape(v) for v in value]
    if isinstance(value, float):
        return ("float", value, math.copysign(1, value))
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        # The instant: Trino's own client keeps the zone's name, ours does not.
        value = value.astimezone(datetime.timezone.utc)
    return (type(value), value)
