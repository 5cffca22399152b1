"""Many queries and long results: what they cost the worker does not grow with them."""

import asyncio

from clients import Client

QUERIES = 500
# A worker has its loop, a signal waiter and a few for names of hosts; not one a query.
THREADS = 10
ORDERS = 1_500_000
# A result of this size is some 200 MB as JSON.
ROOM_BYTES = 64 << 20


def worker_of(stats):
    (worker,) = [w for w in stats.workers if w.driver == "starburst"]
    return worker


def test_five_hundred_queries_at_once_share_few_threads(server):
    async def body(host, source):
        async def ask(n):
            return await (await source.execute(f"select {n}, count(*) from tpch.tiny.nation", timeout=300)).rows()

        tasks = [asyncio.create_task(ask(n)) for n in range(QUERIES)]
        most = 0
        while not all(t.done() for t in tasks):
            await asyncio.wait(tasks, timeout=0.2)
            most = max(most, worker_of(await host.stats()).threads)
        assert [t.result() for t in tasks] == [[(n, 25)] for n in range(QUERIES)]
        return most

    client = Client(server.plain, pool_max_size=QUERIES)
    assert 0 < client.run_in_host(body) <= THREADS


def test_memory_stays_flat_however_long_the_result(server):
    async def body(host, source):
        rows, first, most = 0, None, 0
        async for batch in await source.execute("select * from tpch.sf1.orders", timeout=300):
            rows += len(batch)
            used = worker_of(await host.stats()).memory_bytes
            if first is None and rows > ORDERS // 10:
                first = used
            most = max(most, used)
        assert rows == ORDERS
        return most - first

    assert Client(server.plain).run_in_host(body) < ROOM_BYTES
