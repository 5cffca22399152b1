"""Workload 7: a hundred callers on a pool of ten, sessions reset between them."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import server
from clients import INLINE, WORKER, Qry, both, command
from workload import Goal, Peer, Workload

SESSIONS, CALLERS, EACH = 10, 100, 20


async def ask(query: Any) -> int:
    """Every caller waits for its answer before it asks again."""
    async def caller() -> int:
        return sum([await query() for _ in range(EACH)])

    return sum(await asyncio.gather(*(caller() for _ in range(CALLERS))))


async def must_be_clean(query: Any) -> None:
    """What one caller leaves behind in a session, no other finds."""
    for _ in range(SESSIONS):
        await query("set work_mem = '77MB'")
    found = await asyncio.gather(*(query("show work_mem") for _ in range(10 * SESSIONS)))
    left = sum(rows[0][0] == "77MB" for rows in found)
    assert not left, f"{left} of {len(found)} queries found another caller's setting"


class QryPool(Qry):
    pool_max_size = SESSIONS

    async def rows(self, sql: str) -> Any:
        return await (await self.source.execute(sql)).rows()

    async def run(self) -> Any:
        execute = self.source.execute

        async def query() -> int:
            return (await (await execute("select 1")).rows())[0][0]

        return await ask(query)

    async def check(self, result: Any) -> object:
        await must_be_clean(self.rows)
        return result


class AsyncpgPool(Peer):
    async def open(self) -> None:
        import asyncpg

        self.pool = await asyncpg.create_pool(
            database=server.DATABASE, min_size=SESSIONS, max_size=SESSIONS, **server.KEYWORDS
        )

    async def run(self) -> Any:
        async def query() -> int:
            return (await self.pool.fetch("select 1"))[0][0]

        return await ask(query)

    async def check(self, result: Any) -> object:
        await must_be_clean(self.pool.fetch)
        return result

    async def close(self) -> None:
        await self.pool.close()


class Pgbench(Peer):
    """As many queries on as many sessions, none of them reset; connecting is part of it."""

    async def open(self) -> None:
        self.script = os.path.join(server.FOLDER, "select1.sql")
        with open(self.script, "w", encoding="ascii") as f:
            f.write("select 1;\n")

    async def run(self) -> Any:
        out = await command(
            "pgbench", "-n", "-M", "extended", "-c", str(SESSIONS), "-f", self.script,
            "-t", str(CALLERS * EACH // SESSIONS), "-h", server.HOST, "-p", str(server.PORT),
            "-U", server.USER, server.DATABASE, env=os.environ | {"PGPASSWORD": server.PASSWORD},
        )
        return float(next(line.split()[2] for line in out.splitlines() if line.startswith("tps")))

    def figures(self, result: Any) -> dict[str, float]:
        return {"wall": CALLERS * EACH / result}

    async def check(self, result: Any) -> object:
        return None


WORKLOADS = {
    "pool": Workload(
        7, "100 callers on a pool of 10, SELECT 1, clean sessions",
        {**both(QryPool), "limit: pgbench": Pgbench, "asyncpg pool": AsyncpgPool},
        [
            Goal(INLINE, 0.5, "asyncpg pool"), Goal(INLINE, float("inf"), "limit: pgbench"),
            Goal(WORKER, 0.5, "asyncpg pool"),
        ],
        per=CALLERS * EACH, times=2, together=True,
    ),
}
