"""Workload 5: the first batch of a stream that takes ten seconds, and the memory of a long one."""

from __future__ import annotations

import time
from typing import Any

import server
import usage
from clients import INLINE, WORKER, Adbc, Asyncpg, Limit, Qry, both
from workload import Goal, Workload

# A million rows, with 10 ms of sleep after each thousand.
SLOW = (
    "select id, big, label, case when id % 1000 = 0 then pg_sleep(0.01)::text end as wait "
    f"from bulk limit {server.ROWS}"
)


class First:
    """Gives the time to the first rows; giving the stream up is not part of it."""

    def figures(self, result: Any) -> dict[str, float]:
        return {"wall": result}

    async def check(self, result: Any) -> object:
        return None


class QryFirst(First, Qry):
    async def run(self) -> Any:
        begin = time.perf_counter()
        async with await self.source.execute(SLOW) as result:
            async for batch in result:
                assert len(batch) > 0
                return time.perf_counter() - begin


class AsyncpgFirst(First, Asyncpg):
    async def run(self) -> Any:
        begin = time.perf_counter()
        async with self.pg.transaction():
            async for row in self.pg.cursor(SLOW, prefetch=50):
                assert row[0]
                return time.perf_counter() - begin


class AdbcFirst(First, Adbc):
    async def run(self) -> Any:
        begin = time.perf_counter()
        with self.pg.cursor() as cursor:
            cursor.execute(SLOW)
            reader = cursor.fetch_record_batch()
            assert reader.read_next_batch().num_rows > 0
            seconds = time.perf_counter() - begin
            cursor.adbc_cancel()
        return seconds


class LimitFirst(First, Limit):
    def __init__(self) -> None:
        super().__init__("first", SLOW)

    async def run(self) -> Any:
        begin = time.perf_counter()
        assert await super().run() == 1
        return time.perf_counter() - begin


def forget_peaks() -> None:
    for process in ("self", *usage.descendants()):
        with open(f"/proc/{process}/clear_refs", "w", encoding="ascii") as f:
            f.write("5")


def peaks() -> int:
    return sum(usage.status("VmHWM", process) for process in ("self", *usage.descendants()))


class QryStream(Qry):
    """The whole table, batch by batch, and then a tenth of it."""

    async def run(self) -> Any:
        memory = []
        for rows in (server.ROWS, server.ROWS // 10):
            forget_peaks()
            seen = 0
            async for batch in await self.source.execute(f"select * from bulk limit {rows}"):
                seen += len(batch)
            assert seen == rows
            memory.append(peaks())
        return memory

    async def check(self, result: Any) -> object:
        return None

    def figures(self, result: Any) -> dict[str, float]:
        whole, tenth = result
        return {"memory more than for a tenth": (whole - tenth) / 1024}


class AsyncpgStream(Asyncpg):
    async def run(self) -> Any:
        memory = []
        for rows in (server.ROWS, server.ROWS // 10):
            forget_peaks()
            seen = 0
            async with self.pg.transaction():
                async for _ in self.pg.cursor(f"select * from bulk limit {rows}", prefetch=1000):
                    seen += 1
            assert seen == rows
            memory.append(peaks())
        return memory

    check, figures = QryStream.check, QryStream.figures


async def prepare() -> None:
    await server.make("bulk")


MEMORY = "memory more than for a tenth"
WORKLOADS = {
    "first": Workload(
        5, "the first rows of a stream of 10 s",
        {**both(QryFirst), "limit: libpq": LimitFirst, "asyncpg cursor": AsyncpgFirst,
         "adbc": AdbcFirst},
        [Goal(INLINE, 1.3, "limit: libpq"), Goal(INLINE, float("inf"), "asyncpg cursor"),
         Goal(WORKER, 1.3, "limit: libpq")],
        prepare=prepare, few={"adbc": 0}, times=2,
    ),
    "memory": Workload(
        5, "memory of reading a stream, all of it and a tenth",
        {**both(QryStream), "asyncpg cursor": AsyncpgStream},
        [Goal(who, 8, figure=MEMORY, unit="MB") for who in (INLINE, WORKER)],
        prepare=prepare,
    ),
}
