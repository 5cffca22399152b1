"""Task.cancel(), at any moment: the query ends at its server and harms nobody."""

import asyncio
import gc
import os
import random
import time

import pytest

import qry_host

# 10,000 for each pool size in the full run.
RUNS = int(os.environ.get("QRY_CANCEL_RUNS", "1000"))


def test_a_cancelled_task_raises_and_the_server_stops(with_postgres, postgres):
    async def body(pg):
        task = asyncio.create_task(pg.execute("select pg_sleep(60) /* stop-me */"))
        while postgres.active("stop-me") == 0:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        start = time.monotonic()
        while postgres.active("stop-me") > 0:
            assert time.monotonic() - start < 2
            await asyncio.sleep(0.01)

    with_postgres(body)


def test_wait_for_cancels_too(with_postgres, postgres):
    async def body(pg):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(pg.execute("select pg_sleep(60) /* too-slow */"), 0.1)
        assert await (await pg.execute("select 1")).rows() == [(1,)]
        assert postgres.active("too-slow") == 0

    with_postgres(body, pool_max_size=1)


def test_cancelling_while_rows_come_ends_the_result(with_postgres):
    async def body(pg):
        result = await pg.execute("select generate_series(1, 100000000), repeat('x', 100)")
        task = asyncio.create_task(result.rows())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await (await pg.execute("select 1")).rows() == [(1,)]

    with_postgres(body, pool_max_size=1)


def test_cancelling_a_waiter_of_the_pool_costs_nothing(with_postgres):
    async def body(pg):
        holder = asyncio.create_task(pg.execute("select pg_sleep(0.3)"))
        await asyncio.sleep(0.05)
        waiters = [asyncio.create_task(pg.execute("select 1")) for _ in range(100)]
        await asyncio.sleep(0.02)
        for w in waiters:
            w.cancel()
        done = await asyncio.gather(*waiters, return_exceptions=True)
        assert all(isinstance(d, asyncio.CancelledError) for d in done)
        await (await holder).rows()
        assert pg.pool.waiting == 0

    with_postgres(body, pool_max_size=1)


def test_result_cancel_returns_when_the_query_has_ended(with_postgres, postgres):
    async def body(pg):
        result = await pg.execute(
            "select i, pg_sleep(0.001) from generate_series(1, 100000) i /* half-read */"
        )
        await result.cancel()
        await result.cancel()
        with pytest.raises(qry_host.Closed):
            await result.rows()
        assert await (await pg.execute("select 1")).rows() == [(1,)]
        assert postgres.active("half-read") == 0

    with_postgres(body, pool_max_size=1)


async def one_query(pg, i, rng):
    """(cancelled, finished) of a query with a cancel at a random moment."""
    kind = i % 3
    sql = (
        "select $1::int8",
        "select $1::int8 from pg_sleep(0.01)",
        "select $1::int8 from generate_series(1, 2000)",
    )[kind]

    async def work():
        return await (await pg.execute(sql, [i])).rows()

    task = asyncio.create_task(work())
    await asyncio.sleep(rng.uniform(0, 0.02))
    task.cancel()
    try:
        rows = await task
    except asyncio.CancelledError:
        return True
    # Finished first: then with its own answer, not another's.
    assert rows == [(i,)] * (2000 if kind == 2 else 1)
    return False


@pytest.mark.parametrize("size", [1, 3])
def test_random_cancels_lose_nothing(with_postgres, postgres, size):
    noise = []
    seed = random.randrange(2**32)
    rng = random.Random(seed)

    async def body(pg):
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        cancelled = 0
        counter = iter(range(RUNS))

        async def lane():
            nonlocal cancelled
            for i in counter:
                # In two steps: the other lanes count while this one waits.
                in_time = await one_query(pg, i, rng)
                cancelled += in_time
                # What follows on the same session gets its own answer.
                if i % 10 == 0:
                    assert await (await pg.execute("select $1::int8", [-i])).rows() == [(-i,)]

        await asyncio.gather(*(lane() for _ in range(size)))
        gc.collect()
        await asyncio.sleep(0)

        async def answer(i):
            return await (await pg.execute("select $1::int8", [i])).rows()

        assert await asyncio.gather(*map(answer, range(10))) == [[(i,)] for i in range(10)]
        figures = pg.pool
        assert figures.in_use == 0 and figures.waiting == 0
        assert figures.size <= size
        print(f"seed {seed}, pool {size}: {RUNS} cancels, {cancelled} in time, {figures}")
        assert 0 < cancelled < RUNS

    with_postgres(body, pool_max_size=size)
    assert noise == []
