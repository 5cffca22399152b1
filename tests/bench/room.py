"""Beyond the numbered workloads: fair turns for 10,000 waiting callers, and memory when idle."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from typing import Any

import server
import usage
from clients import INLINE, WORKER, Qry, both
from workload import Goal, Peer, Workload

CALLERS = 10_000


class Waiting(Qry):
    """Each caller asks twice: what the second query waits is a full turn of the queue for
    everybody, if the queue is fair."""

    pool_max_size = 10

    async def ask(self) -> float:
        await (await self.source.execute("select 1")).rows()
        begin = time.perf_counter()
        result = await self.source.execute("select 1")
        seconds = time.perf_counter() - begin
        await result.rows()
        return seconds

    async def run(self) -> Any:
        await asyncio.gather(*(self.ask() for _ in range(10)))
        threads, memory = usage.status("Threads"), usage.status("VmRSS")
        peak = [memory, threads]

        async def watch() -> None:
            while True:
                peak[:] = (max(peak[0], usage.status("VmRSS")),
                           max(peak[1], usage.status("Threads")))
                await asyncio.sleep(0.01)

        watching = asyncio.create_task(watch())
        waits = sorted(await asyncio.gather(*(self.ask() for _ in range(CALLERS))))
        watching.cancel()
        return {
            "longest over median wait": waits[-1] / waits[len(waits) // 2],
            "memory": (peak[0] - memory) / 1024,
            "threads more": peak[1] - threads,
        }

    async def check(self, result: Any) -> object:
        return None

    def figures(self, result: Any) -> dict[str, float]:
        return result


class Idle(Peer):
    """A daemon that nobody asks anything, and its worker after one query."""

    async def run(self) -> Any:
        import qry_host

        address = os.path.join(server.FOLDER, f"idle-{os.getpid()}.sock")
        registry = os.path.join(server.FOLDER, f"idle-{os.getpid()}.db")
        for left in (address, registry):
            if os.path.exists(left):
                os.unlink(left)
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
                    "idle", driver="postgresql", params=server.PARAMS,
                    secrets={"password": server.PASSWORD},
                )
                alone = usage.status("VmRSS", daemon.pid)
                await (await made.execute("select 1")).rows()
                (worker,) = (await host.stats()).workers
                return {
                    "daemon": alone / 1024,
                    "daemon, after a query": usage.status("VmRSS", daemon.pid) / 1024,
                    "worker": usage.status("VmRSS", worker.pid) / 1024,
                }
        finally:
            daemon.terminate()
            daemon.wait()

    async def check(self, result: Any) -> object:
        return None

    def figures(self, result: Any) -> dict[str, float]:
        return {f"memory of the {who}": megabytes for who, megabytes in result.items()}


DAEMON = "qry daemon"
WORKLOADS = {
    "waiting": Workload(
        0, f"{CALLERS:,} callers waiting for 10 sessions", both(Waiting),
        [goal for who in (INLINE, WORKER) for goal in (
            Goal(who, 1.5, figure="longest over median wait", unit=""),
            Goal(who, 150, figure="memory", unit="MB"),
            Goal(who, 0, figure="threads more", unit=""),
        )],
        per=2 * CALLERS,
    ),
    "idle": Workload(
        0, "memory when idle", {DAEMON: Idle},
        [Goal(DAEMON, limit, figure=f"memory of the {who}", unit="MB")
         for who, limit in (("daemon", 30), ("daemon, after a query", 30), ("worker", 20))],
    ),
}
