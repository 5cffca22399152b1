"""Workload 8: a thousand slow queries, a fast one among them, a hundred that run out of time."""

from __future__ import annotations

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import server
import usage
from clients import INLINE, WORKER, Qry, both
from workload import Goal, Peer, Workload

SLOW = int(os.environ.get("QRY_BENCH_SLOW", "1000"))
LATE = max(SLOW // 10, 1)
SESSIONS = SLOW + LATE + 1
SLEEP, LIMIT, FAST_AT = 1.0, 0.6, 0.3
USER = "qry_trusted"  # a thousand times SCRAM is not what is measured


class Mix(Peer):
    """``slow`` queries, ``late`` ones with a time limit that they miss, and a fast one."""

    async def slow(self) -> None:
        await asyncio.sleep(SLEEP)

    async def late(self) -> None:
        await asyncio.sleep(LIMIT)

    async def fast(self) -> None: ...

    async def warm(self) -> None:
        """Opens all sessions: the whole of it, once, is what does so for certain."""

    async def run(self) -> Any:
        lateness: list[float] = []
        fast: list[float] = []
        before = threads = usage.status("Threads")

        async def late() -> None:
            begin = time.perf_counter()
            await self.late()
            lateness.append(time.perf_counter() - begin - LIMIT)

        async def ask_fast() -> None:
            nonlocal threads
            await asyncio.sleep(FAST_AT)
            threads = usage.status("Threads")
            begin = time.perf_counter()
            await self.fast()
            fast.append(time.perf_counter() - begin)

        begin = time.perf_counter()
        asked_fast = asyncio.create_task(ask_fast())
        asked_late = [asyncio.create_task(late()) for _ in range(LATE)]
        await asyncio.gather(*(self.slow() for _ in range(SLOW)))
        wall = time.perf_counter() - begin
        await asyncio.gather(asked_fast, *asked_late)
        lateness.sort()
        return {
            "wall": wall, "the fast one": fast[0], "threads more": threads - before,
            "lateness p99": lateness[min(len(lateness) - 1, len(lateness) * 99 // 100)],
        }

    def figures(self, result: Any) -> dict[str, float]:
        return result

    async def check(self, result: Any) -> object:
        return None


class QryMix(Mix, Qry):
    """A pool has 1,000 sessions at most: the slow queries have one to themselves."""

    async def open(self) -> None:
        import qry_host

        self.timeout = qry_host.QueryTimeout
        self.host = await qry_host.open(":memory:", jwt_secret_key="bench")
        self.slow_ones = await self.pool("slow", SLOW)
        self.others = await self.pool("others", LATE + 1)

    async def pool(self, name: str, sessions: int) -> Any:
        source = await self.host.datasources.create(
            name, driver="postgresql", params=server.PARAMS | {"user": USER}, timeout=600,
            isolation=self.isolation, pool_min_size=sessions, pool_max_size=sessions,
        )
        for _ in range(10):
            if source.pool.idle >= sessions:
                break
            await asyncio.gather(*(self.ask(source, "select pg_sleep(2)") for _ in range(sessions)))
        return source

    async def ask(self, source: Any, sql: str, timeout: float | None = None) -> Any:
        return await (await source.execute(sql, timeout=timeout)).rows()

    async def slow(self) -> None:
        await self.ask(self.slow_ones, f"select pg_sleep({SLEEP})")

    async def late(self) -> None:
        try:
            await self.ask(self.others, "select pg_sleep(30)", LIMIT)
        except self.timeout:
            return
        raise AssertionError("the time limit did not end it")

    async def fast(self) -> None:
        await self.ask(self.others, "select 1")


class AsyncpgMix(Mix):
    async def open(self) -> None:
        import asyncpg

        self.pool = await asyncpg.create_pool(
            database=server.DATABASE, min_size=SESSIONS, max_size=SESSIONS,
            **server.KEYWORDS | {"user": USER, "password": None},
        )

    async def slow(self) -> None:
        await self.pool.fetch(f"select pg_sleep({SLEEP})")

    async def late(self) -> None:
        try:
            await self.pool.fetch("select pg_sleep(30)", timeout=LIMIT)
        except asyncio.TimeoutError:
            return
        raise AssertionError("the time limit did not end it")

    async def fast(self) -> None:
        await self.pool.fetch("select 1")

    async def close(self) -> None:
        self.pool.terminate()


class Executor(Mix):
    """A blocking client in threads, with a session for each; its time limit is the server's."""

    threads: int | None = None

    async def open(self) -> None:
        import psycopg

        self.executor = ThreadPoolExecutor(self.threads)
        self.cancelled = psycopg.errors.QueryCanceled
        self.idle = [
            psycopg.connect(server.uri().replace(server.USER, USER, 1), autocommit=True)
            for _ in range(self.executor._max_workers)
        ]

    def blocking(self, sql: str, limit: float = 0) -> None:
        session = self.idle.pop()
        try:
            session.execute(f"set statement_timeout = {int(limit * 1000)}")
            session.execute(sql)
        except self.cancelled:
            assert limit
        finally:
            self.idle.append(session)

    async def ask(self, *arguments: Any) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.executor, self.blocking, *arguments)

    async def slow(self) -> None:
        await self.ask(f"select pg_sleep({SLEEP})")

    async def late(self) -> None:
        await self.ask("select pg_sleep(30)", LIMIT)

    async def fast(self) -> None:
        await self.ask("select 1")

    async def close(self) -> None:
        self.executor.shutdown()


class Executor32(Executor):
    threads = 32


def goals() -> list[Goal]:
    out = []
    for who in (INLINE, WORKER):
        out += [
            Goal(who, 1.15, "limit: sleep"),
            Goal(who, 0.015, figure="the fast one"),
            Goal(who, 0.005, figure="lateness p99"),
            Goal(who, 2, figure="threads more", unit=""),
            Goal(who, float("inf"), "asyncpg pool"),
        ]
    for figure, unit in (("the fast one", "s"), ("lateness p99", "s"), ("threads more", "")):
        out += [
            Goal(who, float("inf"), figure=figure, unit=unit)
            for who in ("limit: sleep", "asyncpg pool", "executor of 32", "executor, default")
        ]
    return out


WORKLOADS = {
    "slow": Workload(
        8, f"{SLOW:,} queries of {SLEEP:.0f} s, one fast, {LATE} timeouts",
        {
            **both(QryMix), "limit: sleep": Mix, "asyncpg pool": AsyncpgMix,
            "executor of 32": Executor32, "executor, default": Executor,
        },
        goals(), few={"executor of 32": 0, "executor, default": 0}, fresh=True,
    ),
}
