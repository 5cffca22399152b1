"""Workload 4: rows as Python's tuples and dicts."""

from __future__ import annotations

from typing import Any

import server
from bulk import checksum_of_rows
from clients import INLINE, WORKER, Asyncpg, Psycopg, Qry, both, without_gc
from workload import Goal, Workload

COUNT = max(server.ROWS // 5, 1)
SQL = f"select * from bulk limit {COUNT}"


class QryTuples(Qry):
    async def run(self) -> Any:
        return await (await self.source.execute(SQL)).rows()

    async def check(self, result: Any) -> object:
        return checksum_of_rows(result)


class QryDicts(Qry):
    async def run(self) -> Any:
        return await (await self.source.execute(SQL)).dicts()

    async def check(self, result: Any) -> object:
        return checksum_of_rows([list(row.values()) for row in result])


class AsyncpgTuples(Asyncpg):
    async def run(self) -> Any:
        return await self.pg.fetch(SQL)

    async def check(self, result: Any) -> object:
        return checksum_of_rows(result)


class AsyncpgDicts(QryDicts, Asyncpg):
    open, close = Asyncpg.open, Asyncpg.close

    async def run(self) -> Any:
        return [dict(row) for row in await self.pg.fetch(SQL)]


class PsycopgTuples(Psycopg):
    async def run(self) -> Any:
        return self.pg.cursor(binary=True).execute(SQL).fetchall()

    async def check(self, result: Any) -> object:
        return checksum_of_rows(result)


class PsycopgDicts(QryDicts, Psycopg):
    open, close = Psycopg.open, Psycopg.close

    async def run(self) -> Any:
        from psycopg.rows import dict_row

        return self.pg.cursor(binary=True, row_factory=dict_row).execute(SQL).fetchall()


async def prepare() -> None:
    await server.make("bulk")


def rows(title: str, qry: type[Qry], asyncpg: type, psycopg: type) -> Workload:
    return Workload(
        4, title,
        {
            **both(qry), "qry inline gc off": without_gc(qry), "asyncpg gc off": without_gc(asyncpg),
            "asyncpg": asyncpg, "psycopg": psycopg,
        },
        [
            Goal(INLINE, 0.65, "asyncpg gc off"), Goal(INLINE, float("inf"), "asyncpg"),
            Goal(INLINE, float("inf"), "psycopg"), Goal(WORKER, float("inf"), "asyncpg gc off"),
        ],
        prepare=prepare,
    )


WORKLOADS = {
    "tuples": rows("rows as tuples", QryTuples, AsyncpgTuples, PsycopgTuples),
    "dicts": rows("rows as dicts", QryDicts, AsyncpgDicts, PsycopgDicts),
}
