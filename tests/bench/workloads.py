"""Each workload opens its peers, measures them in turn, and gives its lines of the table."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import adbc_driver_postgresql.dbapi as adbc
import asyncpg
import pyarrow
import qry_host

from common import (
    BULK, BULK_ROWS, DATABASE, HOST, PASSWORD, PORT, ROUNDS, SETUP, URI, USER, Line, Measured,
    interleave, lines,
)

PARAMS = {"host": HOST, "port": str(PORT), "dbname": DATABASE, "user": USER}


@asynccontextmanager
async def source(
    pool_max_size: int = 10, isolation: str = "process"
) -> AsyncIterator[qry_host.Datasource]:
    async with qry_host.open(":memory:", jwt_secret_key="bench") as host:
        yield await host.datasources.create(
            "bench", driver="postgresql", params=PARAMS, secrets={"password": PASSWORD},
            timeout=600, pool_max_size=pool_max_size, isolation=isolation,
        )


@asynccontextmanager
async def both_ways(pool_max_size: int = 10) -> AsyncIterator[dict[str, qry_host.Datasource]]:
    async with (
        source(pool_max_size) as in_worker, source(pool_max_size, "inline") as in_process
    ):
        yield {"qry-host": in_worker, "qry-host, inline": in_process}


async def connect() -> asyncpg.Connection:
    return await asyncpg.connect(
        host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE
    )


async def bulk() -> list[Line]:
    pg = await connect()
    await pg.execute(SETUP)
    await pg.execute("vacuum analyze bulk")
    adbc_connection = adbc.connect(URI)

    async with both_ways() as ours:

        def with_qry(on: qry_host.Datasource) -> Measured:
            async def measured() -> tuple[float, object]:
                begin = time.perf_counter()
                result = await on.execute(BULK)
                table = pyarrow.table(await result.read_all())
                seconds = time.perf_counter() - begin
                return seconds, (table.num_rows, pyarrow.compute.sum(table["big"]).as_py())

            return measured

        async def with_adbc() -> tuple[float, object]:
            begin = time.perf_counter()
            with adbc_connection.cursor() as cursor:
                cursor.execute(BULK)
                table = cursor.fetch_arrow_table()
            seconds = time.perf_counter() - begin
            return seconds, (table.num_rows, pyarrow.compute.sum(table["big"]).as_py())

        async def with_asyncpg() -> tuple[float, object]:
            begin = time.perf_counter()
            rows = await pg.fetch(BULK)
            seconds = time.perf_counter() - begin
            return seconds, (len(rows), sum(row["big"] for row in rows))

        times = await interleave(
            ROUNDS,
            {who: with_qry(on) for who, on in ours.items()}
            | {"adbc": with_adbc, "asyncpg": with_asyncpg},
        )
    adbc_connection.close()
    await pg.close()
    return lines(
        f"bulk {BULK_ROWS // 1000}k×7 → Arrow",
        times,
        {"qry-host": ("qry-host, inline", 1.1), "qry-host, inline": ("adbc", 1.0)},
    )


async def select1() -> list[Line]:
    pg = await connect()
    count = 2000

    async with both_ways(pool_max_size=1) as ours:

        def with_qry(on: qry_host.Datasource) -> Measured:
            async def measured() -> tuple[float, object]:
                begin = time.perf_counter()
                for _ in range(count):
                    rows = await (await on.execute("select 1")).rows()
                return (time.perf_counter() - begin) / count, rows[0][0]

            return measured

        async def with_asyncpg() -> tuple[float, object]:
            begin = time.perf_counter()
            for _ in range(count):
                rows = await pg.fetch("select 1")
            return (time.perf_counter() - begin) / count, rows[0][0]

        times = await interleave(
            ROUNDS,
            {who: with_qry(on) for who, on in ours.items()} | {"asyncpg": with_asyncpg},
        )
    await pg.close()
    return lines(
        "select 1, one session",
        times,
        {"qry-host": ("asyncpg", 2.0), "qry-host, inline": ("asyncpg", 1.0)},
    )


CREATE_TABLES = """
create schema if not exists wide;
do $$
begin
    for i in 1..10000 loop
        execute format(
            'create table if not exists wide.t%s (id int primary key, %s)', i,
            (select string_agg(format('c%s text', c), ', ') from generate_series(2, 20) c));
        if i % 500 = 0 then commit; end if;
    end loop;
end $$;
"""


async def catalog_script(pg: asyncpg.Connection, refresh) -> str:
    """The very SQL that a refresh sends, taken from the server's log, as a file for psql."""
    folder = os.environ["QRY_BENCH_FOLDER"]
    await pg.execute("alter system set log_statement = 'all'")
    await pg.execute("select pg_reload_conf()")
    await refresh()
    await pg.execute("alter system reset log_statement")
    await pg.execute("select pg_reload_conf()")
    with open(os.path.join(folder, "pg", "log"), encoding="utf-8") as f:
        entries = re.split(r"^\d{4}-\d\d-\d\d .*?\] ", f.read(), flags=re.MULTILINE)
    queries = [
        re.sub(r"\$\d+", "null", entry.split(": ", 2)[2])
        for entry in entries
        if entry.startswith("LOG:  execute") and "pg_catalog" in entry
    ]
    script = os.path.join(folder, "introspect.sql")
    with open(script, "w", encoding="utf-8") as out:
        out.write(";\n".join(query.strip() for query in queries) + ";\n")
    print(f"introspection sends {len(queries)} queries")
    return script


async def introspect() -> list[Line]:
    pg = await connect()
    await pg.execute("create schema if not exists wide")
    await pg.execute(CREATE_TABLES.split(";", 1)[1])
    await pg.execute("analyze pg_class")

    async with source() as ours:
        script = await catalog_script(pg, ours.refresh_schema)

        async def with_qry() -> tuple[float, object]:
            begin = time.perf_counter()
            await ours.refresh_schema()
            seconds = time.perf_counter() - begin
            schema = await ours.schema()
            return seconds, sum(1 for t in schema.tables if t.schema == "wide")

        async def with_psql() -> tuple[float, object]:
            begin = time.perf_counter()
            subprocess.run(["psql", "-qAtX", "-o", "/dev/null", "-f", script, URI], check=True)
            return time.perf_counter() - begin, 10000

        times = await interleave(ROUNDS, {"qry-host": with_qry, "psql": with_psql})
    await pg.close()
    return lines("introspect 10k×20", times, {"qry-host": ("psql", 1.5)})


COLD_QRY = """
import asyncio, sys, time
begin = time.perf_counter()
import qry_host
async def main():
    async with qry_host.open(":memory:", jwt_secret_key="bench") as host:
        ds = await host.datasources.create("b", driver="postgresql",
            params=dict(host=sys.argv[1], port=sys.argv[2], user=sys.argv[3], dbname=sys.argv[4]),
            secrets=dict(password=sys.stdin.readline().strip()))
        rows = await (await ds.execute("select 1")).rows()
        print(time.perf_counter() - begin, rows[0][0])
asyncio.run(main())
"""

COLD_ASYNCPG = """
import asyncio, sys, time
begin = time.perf_counter()
import asyncpg
async def main():
    pg = await asyncpg.connect(host=sys.argv[1], port=int(sys.argv[2]), user=sys.argv[3],
        database=sys.argv[4], password=sys.stdin.readline().strip())
    rows = await pg.fetch("select 1")
    print(time.perf_counter() - begin, rows[0][0])
asyncio.run(main())
"""


async def cold() -> list[Line]:
    def measured(code: str):
        async def run() -> tuple[float, object]:
            done = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-c", code, HOST, str(PORT), USER, DATABASE],
                input=PASSWORD + "\n", capture_output=True, text=True, check=True,
            )
            seconds, answer = done.stdout.split()
            return float(seconds), answer

        return run

    times = await interleave(
        3 * ROUNDS, {"qry-host": measured(COLD_QRY), "asyncpg": measured(COLD_ASYNCPG)}
    )
    out = lines("cold start", times, {"qry-host": ("asyncpg", 1.0)})
    first = sorted(times["qry-host"])[len(times["qry-host"]) // 2]
    out[0].goal = "≤ 60 ms"
    out[0].met = first <= 0.060
    return out


def status(key: str, process: int | str = "self") -> int:
    """A figure of /proc/PID/status: kB, or a count."""
    with open(f"/proc/{process}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(key + ":"))


async def waiting() -> list[Line]:
    """10,000 callers on 10 sessions. Each asks twice: what the second one waits is a full turn of
    the queue for everybody, if the queue is fair."""
    callers = 10_000

    async with source() as ours:
        await asyncio.gather(*(ours.execute("select 1") for _ in range(10)))
        threads, memory = status("Threads"), status("VmRSS")
        peak = [memory, threads]

        async def ask() -> float:
            await (await ours.execute("select 1")).rows()
            begin = time.perf_counter()
            result = await ours.execute("select 1")
            seconds = time.perf_counter() - begin
            await result.rows()
            return seconds

        async def watch() -> None:
            while True:
                peak[:] = max(peak[0], status("VmRSS")), max(peak[1], status("Threads"))
                await asyncio.sleep(0.01)

        watching = asyncio.create_task(watch())
        waits = sorted(await asyncio.gather(*(ask() for _ in range(callers))))
        watching.cancel()
    unfair = waits[-1] / waits[len(waits) // 2]
    wait = Line("10,000 wait on 10", "qry-host", waits)
    wait.goal = f"longest over median wait {unfair:.2f} (≤ 1.50)"
    wait.met = unfair <= 1.5
    room = Line("", "its memory and threads", [0.0])
    room.goal = f"{(peak[0] - memory) / 1024:.0f} MB (≤ 150), {peak[1] - threads:+d} threads (0)"
    room.met = peak[0] - memory <= 150 * 1024 and peak[1] == threads
    return [wait, room]


async def idle() -> list[Line]:
    """What a daemon that nobody asks anything takes, and its worker after one query."""
    address = os.path.join(os.environ["QRY_BENCH_FOLDER"], "idle.sock")
    registry = os.path.join(os.environ["QRY_BENCH_FOLDER"], "idle.db")
    daemon = subprocess.Popen(
        ["qry-host", "--registry", registry, "serve", "--listen", "unix:" + address],
        env=os.environ | {"JWT_SECRET_KEY": "bench"}, stdout=subprocess.DEVNULL,
    )
    try:
        while not os.path.exists(address):
            if daemon.poll() is not None:
                raise SystemExit("qry-host serve has ended")
            await asyncio.sleep(0.01)
        async with qry_host.connect(address) as host:
            made = await host.datasources.create(
                "idle", driver="postgresql", params=PARAMS, secrets={"password": PASSWORD}
            )
            alone = status("VmRSS", daemon.pid)
            await (await made.execute("select 1")).rows()
            (worker,) = (await host.stats()).workers
            after = status("VmRSS", daemon.pid)
            in_worker = status("VmRSS", worker.pid)
    finally:
        daemon.terminate()
        daemon.wait()
    out = []
    for who, kilobytes, goal in (
        ("daemon", alone, 30), ("daemon, after a query", after, 30), ("worker", in_worker, 20)
    ):
        line = Line("idle memory", who, [0.0])
        line.goal = f"{kilobytes / 1024:.1f} MB (≤ {goal})"
        line.met = kilobytes <= goal * 1024
        out.append(line)
    return out


ALL = {
    "bulk": bulk, "select1": select1, "introspect": introspect, "cold": cold, "waiting": waiting,
    "idle": idle,
}
