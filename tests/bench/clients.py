"""The clients that are compared, opened on the server of the bench."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from typing import Any

import server
from workload import Peer

INLINE, WORKER = "qry inline", "qry worker"


class Qry(Peer):
    isolation = "inline"
    pool_max_size = 1
    database = server.DATABASE
    pool_min_size = 1

    async def open(self) -> None:
        import qry_host

        self.host = qry_host.open(":memory:", jwt_secret_key="bench")
        await self.host
        self.source = await self.host.datasources.create(
            "bench", driver="postgresql", params=server.PARAMS | {"dbname": self.database},
            secrets={"password": server.PASSWORD}, timeout=600, isolation=self.isolation,
            pool_min_size=self.pool_min_size, pool_max_size=self.pool_max_size,
        )

    async def close(self) -> None:
        await self.host.close()


class Asyncpg(Peer):
    async def open(self) -> None:
        import asyncpg

        self.pg = await asyncpg.connect(database=server.DATABASE, **server.KEYWORDS)

    async def close(self) -> None:
        await self.pg.close()


class Psycopg(Peer):
    async def open(self) -> None:
        import psycopg

        assert psycopg.pq.__impl__ == "binary", "psycopg runs without its C part"
        self.pg = psycopg.connect(server.uri(), autocommit=True)

    async def close(self) -> None:
        self.pg.close()


class Adbc(Peer):
    async def open(self) -> None:
        import adbc_driver_postgresql.dbapi as adbc

        self.pg = adbc.connect(server.uri())

    async def close(self) -> None:
        self.pg.close()


class Limit(Peer):
    """A C program of this folder that does only what cannot be left out: it runs once for each
    line it is sent, and answers with a line."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments

    async def open(self) -> None:
        self.program = subprocess.Popen(
            [os.path.join(server.FOLDER, "limits"), *self.arguments], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | {"PGURI": server.uri()},
        )

    async def run(self) -> Any:
        self.program.stdin.write("\n")
        return int(self.program.stdout.readline())

    async def close(self) -> None:
        self.program.stdin.close()
        self.program.wait()


def both(inline: type[Qry], **more: Any) -> dict[str, Any]:
    """The peer in our process and in a worker."""
    worker = type(inline.__name__ + "Worker", (inline,), {"isolation": "process"})
    return {INLINE: inline, WORKER: worker}


def without_gc(peer: type[Peer]) -> type[Peer]:
    """The same with Python's cyclic garbage collector off while it runs."""

    class Off(peer):  # type: ignore[misc, valid-type]
        async def run(self) -> Any:
            gc.disable()
            try:
                return await super().run()
            finally:
                gc.enable()

    return Off


async def command(*arguments: str, **options: Any) -> str:
    """What a program prints; it is waited for without blocking the loop of the peer."""
    made = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, **options
    )
    out, _ = await made.communicate()
    if made.returncode:
        sys.exit(f"{arguments[0]} failed with status {made.returncode}")
    return out.decode()
