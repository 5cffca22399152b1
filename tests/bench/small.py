"""Workload 6: SELECT 1 on one warm session."""

from __future__ import annotations

import asyncio
from typing import Any

import server
from clients import INLINE, WORKER, Asyncpg, Limit, Psycopg, Qry, both
from workload import Goal, Peer, Workload

COUNT = 2000


class QrySelect(Qry):
    async def run(self) -> Any:
        execute = self.source.execute
        for _ in range(COUNT):
            rows = await (await execute("select 1")).rows()
        return rows[0][0]


class AsyncpgSelect(Asyncpg):
    async def run(self) -> Any:
        for _ in range(COUNT):
            rows = await self.pg.fetch("select 1")
        return rows[0][0]


class PsycopgAsync(Peer):
    async def open(self) -> None:
        import psycopg

        self.pg = await psycopg.AsyncConnection.connect(server.uri(), autocommit=True)

    async def run(self) -> Any:
        for _ in range(COUNT):
            rows = await (await self.pg.execute("select 1")).fetchall()
        return rows[0][0]

    async def close(self) -> None:
        await self.pg.close()


class PsycopgInExecutor(Psycopg):
    async def run(self) -> Any:
        for _ in range(COUNT):
            rows = await asyncio.to_thread(lambda: self.pg.execute("select 1").fetchall())
        return rows[0][0]


class LimitSelect(Limit):
    def __init__(self) -> None:
        super().__init__("select1", str(COUNT))

    async def check(self, result: Any) -> object:
        return None


WORKLOADS = {
    "select1": Workload(
        6, "SELECT 1, one session",
        {
            **both(QrySelect), "limit: libpq": LimitSelect, "asyncpg": AsyncpgSelect,
            "psycopg async": PsycopgAsync, "psycopg in executor": PsycopgInExecutor,
        },
        [
            Goal(INLINE, 0.9, "asyncpg"), Goal(WORKER, 2.0, "asyncpg"),
            Goal(INLINE, float("inf"), "limit: libpq"),
        ],
        per=COUNT, times=2, together=True,
    ),
}
