"""Long results: what they cost the worker does not grow with them."""

from clients import Client

ORDERS = 1_500_000
# A result of this size is some 200 MB as JSON.
ROOM_BYTES = 64 << 20


def test_memory_stays_flat_however_long_the_result(server):
    async def body(host, source):
        rows, first, most = 0, None, 0
        async for batch in await source.execute("select * from tpch.sf1.orders", timeout=300):
            rows += len(batch)
            (worker,) = (await host.stats()).workers
            used = worker.memory_bytes
            if first is None and rows > ORDERS // 10:
                first = used
            most = max(most, used)
        assert rows == ORDERS
        return most - first

    assert Client(server.plain).run_in_host(body) < ROOM_BYTES
