"""What is asked during the soak, what may come of it, and the count of it."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

import qry_host
from qry_host import Datasource

# How long past its time limit a query may stay unanswered on a busy machine before it counts as
# hung. What is measured more finely is measured in tests/faults.
GRACE = 3.0

# What faults elsewhere may do to a query that is itself right: its worker or its server died, or
# both were gone for a while.
HIT = (
    qry_host.PluginCrashed,
    qry_host.ConnectionFailed,
    qry_host.QueryTimeout,
    qry_host.PoolTimeout,
    qry_host.ResourceLimit,
)

COME_THROUGH = {"right", "left early", "timed out", "cancelled", "refused", "crashed"}

Kind = Callable[[Datasource, random.Random], Awaitable[str]]


class Wrong(Exception):
    """An answer that is not the right one."""


def must(condition: bool, what: str) -> None:
    if not condition:
        raise Wrong(what)


async def small(source: Datasource, dice: random.Random) -> str:
    n = dice.randrange(10**6)
    rows = await (await source.execute("select $1 + 1", [n], timeout=10)).rows()
    must(rows == [(n + 1,)], f"{n} + 1 gave {rows!r}")
    return "right"


async def large(source: Datasource, dice: random.Random) -> str:
    n = dice.randrange(1, 200_000)
    series = {
        "postgresql": "select g from generate_series(1, $1::int) g",
        "sqlite": "with recursive s(g) as (select 1 union all select g + 1 from s where g < $1) "
        "select g from s",
    }
    result = await source.execute(series[source.driver], [n], timeout=20)
    total = count = 0
    async for batch in result:
        column = [row[0] for row in batch.rows()]
        total += sum(column)
        count += len(column)
        await asyncio.sleep(0)
    must((count, total) == (n, n * (n + 1) // 2), f"{count} of {n} rows, sum {total}")
    return "right"


async def half_read(source: Datasource, dice: random.Random) -> str:
    sql = "select g, repeat('x', 200) from generate_series(1, 300000) g"
    async with await source.execute(sql, timeout=20) as result:
        async for batch in result:
            must(len(batch) > 0, "an empty batch")
            break
    return "left early"


async def too_slow(source: Datasource, dice: random.Random) -> str:
    begin = time.monotonic()
    try:
        await (await source.execute("select pg_sleep(30)", timeout=0.2)).rows()
    except qry_host.QueryTimeout:
        must(time.monotonic() - begin >= 0.2, "timed out too early")
        return "timed out"
    raise Wrong("pg_sleep(30) ended within 0.2 s")


async def cancelled(source: Datasource, dice: random.Random) -> str:
    task = asyncio.create_task(_sleep(source))
    await asyncio.sleep(dice.random() * 0.05)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    raise Wrong("pg_sleep(30) ended before it was cancelled")


async def _sleep(source: Datasource) -> None:
    await (await source.execute("select pg_sleep(30)", timeout=60)).rows()


async def mistaken(source: Datasource, dice: random.Random) -> str:
    try:
        await (await source.execute("select from_nowhere()", timeout=10)).rows()
    except qry_host.QueryError:
        return "refused"
    raise Wrong("a function that does not exist was called")


# Each statement differs, so that none is refused for having killed two workers.
async def crashing(source: Datasource, dice: random.Random) -> str:
    kind = dice.choice(["segv", "abort", "bus", "fpe", "ill", "exit", "throw"])
    place = dice.choice(["execute", "next"])
    text = f"fault {place} {kind} {dice.randrange(10**12)}"
    try:
        await (await source.execute(text, timeout=10)).rows()
    except (qry_host.PluginCrashed, qry_host.PluginError):
        return "crashed"
    raise Wrong(f"{text!r} gave rows")


async def hanging(source: Datasource, dice: random.Random) -> str:
    text = f"fault {dice.choice(['execute', 'next'])} block {dice.randrange(10**12)}"
    try:
        await (await source.execute(text, timeout=0.5)).rows()
    except (qry_host.QueryTimeout, qry_host.PluginCrashed):
        return "timed out"
    raise Wrong(f"{text!r} gave rows")


async def good(source: Datasource, dice: random.Random) -> str:
    n = dice.randrange(1, 1000)
    rows = await (await source.execute(f"rows {n}", timeout=10)).rows()
    must([row[0] for row in rows] == list(range(1, n + 1)), f"not the {n} rows asked for")
    return "right"


class Ledger:
    """One outcome for each query that was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []
        self.latest = 0.0

    def problems(self) -> list[str]:
        found = list(self.wrong[:20])
        if len(self.wrong) > 20:
            found.append(f"and {len(self.wrong) - 20} more like these")
        for name, count in self.asked.items():
            ended = self.outcomes[name].total()
            if ended != count:
                found.append(f"{name}: {count} asked, {ended} ended")
            # Faults are rare beside queries: most must come through.
            if not COME_THROUGH & set(self.outcomes[name]):
                found.append(f"{name}: none of {count} came through: {self.outcomes[name]}")
        return found

    def report(self) -> str:
        lines = [f"{sum(self.asked.values())} queries; the latest answer came "
                 f"{self.latest:.2f} s past its limit"]
        for name in sorted(self.outcomes):
            ended = ", ".join(f"{what} {n}" for what, n in self.outcomes[name].most_common())
            lines.append(f"  {name}: {ended}")
        return "\n".join(lines)


LIMITS = {
    small: 10,
    large: 20,
    half_read: 20,
    too_slow: 0.2,
    cancelled: 1,
    mistaken: 10,
    crashing: 10,
    hanging: 0.5,
    good: 10,
}


async def ask(
    source: Datasource, kind: Kind, ledger: Ledger, dice: random.Random, until: float
) -> None:
    name = f"{source.name} {kind.__name__}"
    while time.monotonic() < until:
        ledger.asked[name] += 1
        begin = time.monotonic()
        try:
            outcome = await asyncio.wait_for(kind(source, dice), LIMITS[kind] + GRACE)
        except HIT as hit:
            outcome = type(hit).__name__
        except qry_host.Error as other:
            outcome = type(other).__name__
            ledger.wrong.append(f"{name}: {outcome}: {other}")
        except Wrong as wrong:
            outcome = "wrong"
            ledger.wrong.append(f"{name}: {wrong}")
        except (TimeoutError, asyncio.TimeoutError):
            outcome = "hung"
            ledger.wrong.append(f"{name}: no answer {GRACE:g} s after its time limit")
        ledger.outcomes[name][outcome] += 1
        ledger.latest = max(ledger.latest, time.monotonic() - begin - LIMITS[kind])
        await asyncio.sleep(dice.random() * 0.02)


async def datasources(host: qry_host.Host) -> dict[Datasource, list[Kind]]:
    folder = os.environ["QRY_SOAK_FOLDER"]
    pg = await host.datasources.create(
        "pg",
        driver="postgresql",
        params={
            "host": "127.0.0.1",
            "port": os.environ["QRY_SOAK_PORT"],
            "dbname": "postgres",
            "user": "qry",
        },
        secrets={"password": os.environ["QRY_SOAK_PASSWORD"]},
        pool_max_size=8,
    )
    lite = await host.datasources.create(
        "lite", driver="sqlite", params={"path": os.path.join(folder, "lite.db"), "mode": "rwc"}
    )
    return {
        pg: [small, large, half_read, too_slow, cancelled, mistaken],
        lite: [small, large],
        await host.datasources.create("bad", driver="faulty", params={}): [
            crashing,
            hanging,
            good,
        ],
    }


async def left_over(sources: dict[Datasource, list[Kind]]) -> list[str]:
    """After the last answer every session must find its way back."""
    found = []
    for source in sources:
        patience = time.monotonic() + 10
        while source.pool.in_use and time.monotonic() < patience:
            await asyncio.sleep(0.05)
        stats = source.pool
        if stats.in_use or stats.waiting:
            found.append(f"{source.name}: {stats.in_use} sessions and {stats.waiting} callers left")
    return found
