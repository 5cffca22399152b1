"""Workloads 1, 2 and 3: all rows of a table into Arrow (or what a peer has for that)."""

from __future__ import annotations

import datetime
import decimal
import functools
import subprocess
from typing import Any

import server
from clients import INLINE, WORKER, Adbc, Asyncpg, Limit, Psycopg, Qry, both, without_gc
from workload import Goal, Peer, Workload


def number(value: Any) -> float:
    """Timestamps as seconds, texts by their length, what a peer gives as text as the number it is."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return value.timestamp()
    return float(value)


def checksum_of_rows(rows: list[Any]) -> list[Any]:
    out: list[Any] = [len(rows)]
    for column in zip(*rows):
        values = [value for value in column if value is not None]
        if isinstance(values[0], str):
            total = float(sum(len(value.encode()) for value in values))
        elif isinstance(values[0], decimal.Decimal):
            total = float(sum(values))
        else:
            total = sum(map(number, values))
        out.append([len(values), total])
    return out


def checksum_of_arrow(table: Any) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    out: list[Any] = [table.num_rows]
    for column in table.columns:
        kind = column.type
        if isinstance(kind, pa.ExtensionType):  # ADBC's way to say that it has no type for these
            column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
            kind = column.type
            column = column.cast(pa.float64())
        if pa.types.is_timestamp(column.type):
            column = pc.divide(column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
                               .cast(pa.float64()), 1e6)
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pc.binary_length(column)
        out.append([len(column) - column.null_count, float(pc.sum(column.cast(pa.float64())).as_py())])
    return out


class QryBulk(Qry):
    def __init__(self, table: str) -> None:
        self.sql = f"select * from {table}"

    async def run(self) -> Any:
        import pyarrow

        result = await self.source.execute(self.sql)
        return pyarrow.table(await result.read_all())

    async def check(self, result: Any) -> object:
        return checksum_of_arrow(result)


class AdbcBulk(Adbc):
    def __init__(self, table: str) -> None:
        self.sql = f"select * from {table}"

    async def run(self) -> Any:
        with self.pg.cursor() as cursor:
            cursor.execute(self.sql)
            return cursor.fetch_arrow_table()

    async def check(self, result: Any) -> object:
        return checksum_of_arrow(result)


class ConnectorxBulk(Peer):
    def __init__(self, table: str) -> None:
        self.sql = f"select * from {table}"

    async def open(self) -> None:
        import connectorx  # noqa: F401: not part of what is timed

    async def run(self) -> Any:
        import connectorx

        return connectorx.read_sql(server.uri(), self.sql, return_type="arrow", protocol="binary")

    async def check(self, result: Any) -> object:
        return checksum_of_arrow(result)


class AsyncpgBulk(Asyncpg):
    def __init__(self, table: str) -> None:
        self.sql = f"select * from {table}"

    async def run(self) -> Any:
        return await self.pg.fetch(self.sql)

    async def check(self, result: Any) -> object:
        return checksum_of_rows(result)


class PsycopgBulk(Psycopg):
    def __init__(self, table: str) -> None:
        self.sql = f"select * from {table}"

    async def run(self) -> Any:
        return self.pg.cursor(binary=True).execute(self.sql).fetchall()

    async def check(self, result: Any) -> object:
        return checksum_of_rows(result)


class PsqlCopy(Peer):
    """Discards what it reads, so there is nothing to compare."""

    def __init__(self, table: str) -> None:
        self.sql = f"copy {table} to stdout (format binary)"

    async def run(self) -> Any:
        subprocess.run(["psql", "-qX", "-c", self.sql, server.uri()], check=True,
                       stdout=subprocess.DEVNULL)

    async def check(self, result: Any) -> object:
        return None


class LimitRead(Limit):
    def __init__(self, table: str) -> None:
        super().__init__("read", f"select * from {table}")

    async def check(self, result: Any) -> object:
        assert result > 0
        return None


def bulk(
    number: int, table: str, title: str, goals: list[Goal], without: tuple[str, ...] = ()
) -> Workload:
    of = {
        **both(QryBulk), "limit: discard": LimitRead, "adbc": AdbcBulk,
        "connectorx": ConnectorxBulk, "asyncpg gc off": without_gc(AsyncpgBulk),
        "asyncpg": AsyncpgBulk, "psycopg": PsycopgBulk, "psql copy": PsqlCopy,
    }
    of = {who: peer for who, peer in of.items() if who not in without}
    shown = {goal.against for goal in goals if goal.who == INLINE}
    told = [Goal(INLINE, float("inf"), who) for who in of
            if who not in shown and who not in (INLINE, WORKER)]
    return Workload(
        number, title, {who: functools.partial(peer, table) for who, peer in of.items()},
        goals + told, prepare=functools.partial(server.make, table),
    )


LIMIT = Goal(INLINE, 1.2, "limit: discard")
WORKLOADS = {
    "bulk": bulk(1, "bulk", "a million rows of 7 mixed columns into Arrow", [
        Goal(INLINE, 1.15, "limit: discard"), Goal(INLINE, 0.80, "adbc"),
        Goal(INLINE, 0.35, "asyncpg gc off"), Goal(WORKER, float("inf"), INLINE),
    ]),
    "integers": bulk(2, "integers", "the same for 10 integers", [LIMIT]),
    # connectorx 0.4 gives up: "decimal scale is not equal to expected scale, got: 9 expected: 10".
    "decimals": bulk(2, "decimals", "numerics into decimal128", [LIMIT], without=("connectorx",)),
    "nulls": bulk(2, "nulls", "7 mixed columns, 30 % of all values NULL", [LIMIT]),
    "text": bulk(2, "text", "long texts", [LIMIT]),
    "worker": Workload(
        3, "workload 1 through the worker process, beside inline",
        {who: functools.partial(peer, "bulk") for who, peer in both(QryBulk).items()},
        [Goal(WORKER, 1.10, INLINE)], prepare=functools.partial(server.make, "bulk"),
    ),
}
