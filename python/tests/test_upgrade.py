"""A plugin is replaced while queries run: none fails, new sessions get the new one, the old one ends."""

from __future__ import annotations

import asyncio
import os
import pathlib
import shutil

import qry_host
from conftest import PLUGINS

ROWS = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select sum(i) from n"


def replace_library(folder: pathlib.Path) -> None:
    """As an installer does: the new file takes the place of the old one, which stays as it is."""
    library = folder / "libqry_sqlite.so"
    fresh = folder / "libqry_sqlite.so.new"
    shutil.copyfile(library, fresh)
    os.chmod(fresh, 0o755)
    os.replace(fresh, library)


async def workers(host: qry_host.Host) -> set[int]:
    return {worker.pid for worker in (await host.stats()).workers}


async def under_load(plugins: pathlib.Path) -> None:
    async with qry_host.open(":memory:", jwt_secret_key="k", plugin_path=plugins) as host:
        source = await host.datasources.create(
            "s", driver="sqlite", params={"path": ":memory:"}, pool_max_size=4
        )
        answered = 0
        stop = asyncio.Event()

        async def caller() -> None:
            nonlocal answered
            while not stop.is_set():
                assert await (await source.execute(ROWS)).rows() == [(200010000,)]
                answered += 1

        callers = [asyncio.create_task(caller()) for _ in range(4)]
        while answered < 100:
            await asyncio.sleep(0)
        old = await workers(host)
        assert len(old) == 1
        replace_library(plugins / "sqlite")
        # A session of somebody else's is the first new one: only then is there a reason to look.
        number = 0
        while not (await workers(host)) - old:
            number += 1
            other = await host.datasources.create(
                f"o{number}", driver="sqlite", params={"path": ":memory:"}
            )
            assert await (await other.execute("select 1")).rows() == [(1,)]
        while old & await workers(host):
            await asyncio.sleep(0.01)
        seen = answered
        while answered < seen + 100:
            await asyncio.sleep(0)
        stop.set()
        await asyncio.gather(*callers)
        print(f"figure: row 10: failed 0 of {answered} queries while their plugin was replaced")


def test_a_plugin_is_replaced_while_queries_run(tmp_path: pathlib.Path) -> None:
    shutil.copytree(pathlib.Path(PLUGINS) / "sqlite", tmp_path / "sqlite")
    asyncio.run(asyncio.wait_for(under_load(tmp_path), 60))
