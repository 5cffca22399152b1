"""Replies of a real Trino, recorded: our values are those that Trino's own client made of them.

tests/interop/trino/test_trino_recording.py keeps the recording true; QRY_RECORD=1 makes it write it anew.
"""

import asyncio
import os
import pathlib
import sys
import threading

import pytest

QUERIES = 500
# A worker has its main thread, two loops, and a few that look up names of hosts; not one a query.
THREADS = 10

SOURCE = pathlib.Path(os.environ["QRY_SOURCE"])
BUILD = pathlib.Path(os.environ["QRY_BUILD"]).resolve()
sys.path[:0] = [
    str(BUILD / "lib/python3/dist-packages"), str(SOURCE / "tests" / "support"), str(SOURCE / "tests" / "interop" / "trino"),
]
os.environ["QRY_PLUGIN_PATH"] = str(BUILD / "lib/qry/plugins")
os.environ["QRY_EGRESS_ALLOW"] = "127.0.0.0/8"

import qry_host  # noqa: E402
from cells import shape  # noqa: E402
from trino_replay import Replay  # noqa: E402


@pytest.fixture(scope="module")
def replay():
    with Replay(SOURCE / "tests" / "plugins" / "starburst" / "recorded" / "values.json") as started:
        yield started


def run(replay, body, **options):
    """`body` is an async function of the host and the datasource."""
    async def main():
        async with qry_host.open(":memory:", jwt_secret_key="k") as host:
            params = {"host": "127.0.0.1", "port": str(replay.port), "http_scheme": "http", "user": "ada"}
            return await body(host, await host.datasources.create("lake", driver="trino", params=params, **options))

    return asyncio.run(main())


def test_recorded_replies_give_the_values_of_trinos_own_client(replay):
    async def read_all(_, source):
        out = []
        for statement in replay.recorded["statements"]:
            try:
                rows = await (await source.execute(statement["sql"])).rows()
                out.append(repr([shape(row) for row in rows]))
            except qry_host.Error as e:
                out.append(f"error {e.vendor_code}")
        return out

    ours = run(replay, read_all)
    for statement, mine in zip(replay.recorded["statements"], ours, strict=True):
        failed = [r["error"] for r in statement["replies"] if "error" in r]
        expected = f"error {failed[0]['errorCode']}" if failed else statement["values"]
        assert mine == expected, statement["sql"][:60]


def test_a_query_that_is_left_is_ended(replay):
    orders = next(n for n, s in enumerate(replay.recorded["statements"]) if "tpch.tiny.orders" in s["sql"])

    async def leave(_, source):
        async with await source.execute(replay.recorded["statements"][orders]["sql"]) as result:
            async for _ in result:
                break
        return await (await source.execute(replay.recorded["statements"][3]["sql"])).rows()

    assert run(replay, leave) == []
    replies = replay.recorded["statements"][orders]["replies"]
    # All of it may have been on its way already.
    assert replay.stopped in ([], [orders]) and len(replies) > 1


def test_five_hundred_queries_at_once_share_few_threads(replay):
    statement = replay.recorded["statements"][0]

    async def ask(source):
        return repr([shape(row) for row in await (await source.execute(statement["sql"])).rows()])

    async def body(host, source):
        got = await asyncio.gather(*(ask(source) for _ in range(QUERIES)))
        (worker,) = (await host.stats()).workers
        return set(got), worker.threads

    replay.together = threading.Barrier(QUERIES)
    values, threads = run(replay, body, pool_max_size=QUERIES)
    assert values == {statement["values"]}
    assert threads <= THREADS
