"""Type objects and constructors of PEP 249."""

from __future__ import annotations

import datetime as _datetime
import re as _re

Date = _datetime.date
Time = _datetime.time
Timestamp = _datetime.datetime
Binary = bytes


def DateFromTicks(ticks: float) -> _datetime.date:
    return _datetime.date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> _datetime.time:
    return _datetime.datetime.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> _datetime.datetime:
    return _datetime.datetime.fromtimestamp(ticks)


class TypeCode(str):
    """The Arrow type of a column, as description gives it; equal to the group it belongs to."""

    __slots__ = ()

    def base(self) -> str:
        """Without its parameters: "timestamp" of "timestamp[us, tz=UTC]"."""
        return _re.split(r"[(\[<]", self, maxsplit=1)[0]


class TypeGroup:
    """STRING, BINARY, NUMBER, DATETIME or ROWID: compare a type code with it."""

    def __init__(self, name: str, *members: str) -> None:
        self._name = name
        self._members = frozenset(members)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TypeCode):
            return other.base() in self._members
        return self is other

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"<{self._name}>"


STRING = TypeGroup("STRING", "string", "large_string", "utf8", "large_utf8", "dictionary")
BINARY = TypeGroup("BINARY", "binary", "large_binary", "fixed_size_binary")
NUMBER = TypeGroup(
    "NUMBER",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *("halffloat", "float", "double", "float16", "float32", "float64"),
    *("decimal128", "decimal256", "bool"),
)
DATETIME = TypeGroup(
    "DATETIME", "date32", "date64", "time32", "time64", "timestamp", "duration",
    "month_day_nano_interval",
)
ROWID = TypeGroup("ROWID")
