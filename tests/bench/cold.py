"""Workload 13: a new process, from importing the client to the first row; 15 plugins are there."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any

import server
from clients import INLINE, WORKER, command
from workload import Goal, Peer, Workload

PLUGINS = 15
QRY = """
import asyncio, sys, time
begin = time.perf_counter()
import qry_host
async def main():
    async with qry_host.open(":memory:", jwt_secret_key="bench") as host:
        ds = await host.datasources.create("b", driver="postgresql", isolation=sys.argv[5],
            params=dict(host=sys.argv[1], port=sys.argv[2], user=sys.argv[3], dbname=sys.argv[4]),
            secrets=dict(password=sys.argv[6]))
        rows = await (await ds.execute("select 1")).rows()
        print(time.perf_counter() - begin, rows[0][0])
asyncio.run(main())
"""
ASYNCPG = """
import asyncio, sys, time
begin = time.perf_counter()
import asyncpg
async def main():
    pg = await asyncpg.connect(host=sys.argv[1], port=int(sys.argv[2]), user=sys.argv[3],
        database=sys.argv[4], password=sys.argv[6])
    rows = await pg.fetch("select 1")
    print(time.perf_counter() - begin, rows[0][0])
asyncio.run(main())
"""


def plugins(count: int) -> str:
    """A folder with that many plugins: PostgreSQL's, and SQLite's under many names."""
    folder = os.path.join(server.FOLDER, f"plugins-{count}")
    if os.path.exists(folder):
        return folder
    built = os.environ["QRY_PLUGIN_PATH"].split(":")[0]
    shutil.copytree(os.path.join(built, "postgresql"), os.path.join(folder, "postgresql"))
    for i in range(1, count):
        name = f"other{i}"
        made = os.path.join(folder, name)
        shutil.copytree(os.path.join(built, "sqlite"), made)
        manifest = os.path.join(made, "qry-plugin.json")
        with open(manifest, encoding="utf-8") as f:
            told = json.load(f)
        told["name"] = name
        with open(manifest, "w", encoding="utf-8") as f:
            json.dump(told, f)
    return folder


class Cold(Peer):
    def __init__(self, code: str, isolation: str = "", count: int = 0) -> None:
        self.code, self.isolation, self.count = code, isolation, count

    async def run(self) -> Any:
        environment = dict(os.environ)
        if self.count:
            environment["QRY_PLUGIN_PATH"] = plugins(self.count)
        out = await command(
            sys.executable, "-c", self.code, server.HOST, str(server.PORT), server.USER,
            server.DATABASE, self.isolation, server.PASSWORD, env=environment,
        )
        return out.split()

    def figures(self, result: Any) -> dict[str, float]:
        return {"wall": float(result[0])}

    async def check(self, result: Any) -> object:
        return result[1]


class LimitCold(Cold):
    async def run(self) -> Any:
        program = os.path.join(server.FOLDER, "limit_cold")
        return (await command(program, env=os.environ | {"PGURI": server.uri()})).split()


ALONE = f"{INLINE}, 1 plugin"
WORKLOADS = {
    "cold": Workload(
        13, "import, load a plugin, connect, first row; 15 plugins present",
        {
            INLINE: lambda: Cold(QRY, "inline", PLUGINS), WORKER: lambda: Cold(QRY, "process", PLUGINS),
            ALONE: lambda: Cold(QRY, "inline", 1), "limit: libpq": lambda: LimitCold(""),
            "asyncpg": lambda: Cold(ASYNCPG),
        },
        [
            Goal(INLINE, 0.035), Goal(INLINE, 0.5, "asyncpg"), Goal(INLINE, 1.05, ALONE),
            Goal(INLINE, float("inf"), "limit: libpq"),
            Goal(WORKER, 0.035), Goal(WORKER, 0.5, "asyncpg"),
        ],
        times=3,
    ),
}
