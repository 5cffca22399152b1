"""A query that is stopped here is stopped there."""

import asyncio
import time

import pytest

import qry_host

SLOW = "select count(*) /* {} */ from tpch.sf1.lineitem a cross join tpch.sf1.lineitem b"


def state_of(theirs, marker):
    """(state, error code) of the query with this text, once it has ended; a second is what it may take."""
    give_up = time.monotonic() + 1
    while True:
        rows = theirs(
            "select state, error_code from system.runtime.queries "
            f"where query like '%{marker}%' and query not like '%runtime%'"
        )
        if (rows and rows[0][0] in ("FAILED", "FINISHED")) or time.monotonic() > give_up:
            return rows


def test_stop_reaches_the_server_within_a_second(ours, theirs):
    async def body(source):
        task = asyncio.create_task(rows(source, SLOW.format("stop-1")))
        await until_running(theirs, "stop-1", task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return state_of(theirs, "stop-1")

    assert ours.run(body) == [("FAILED", "USER_CANCELED")]


def test_a_time_limit_stops_the_query_on_the_server(ours, theirs):
    e = ours.fails(SLOW.format("limit-1"), timeout=1)
    assert isinstance(e, qry_host.QueryTimeout) and e.limit == 1
    assert state_of(theirs, "limit-1") == [("FAILED", "USER_CANCELED")]


def test_a_result_that_is_left_half_read_is_ended_on_the_server(ours, theirs):
    async def body(source):
        async with await source.execute("select *, 'left-1' from tpch.sf1.lineitem") as result:
            async for _ in result:
                break
        return state_of(theirs, "left-1")

    assert ours.run(body) == [("FAILED", "USER_CANCELED")]


def test_the_session_serves_the_next_query_after_a_stop(ours, theirs):
    async def body(source):
        for turn in range(5):
            task = asyncio.create_task(rows(source, SLOW.format(f"again-{turn}")))
            await until_running(theirs, f"again-{turn}", task)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return await rows(source, "select 42")

    assert ours.run(body) == [(42,)]


async def rows(source, sql):
    return await (await source.execute(sql, timeout=120)).rows()


async def until_running(theirs, marker, task):
    """Raises what `task` ended with, if it ended."""
    give_up = time.monotonic() + 120
    states = []
    while time.monotonic() < give_up:
        if task.done():
            raise AssertionError(f"{marker} ended before it was stopped: {await task}")
        found = await asyncio.to_thread(
            theirs,
            "select state from system.runtime.queries "
            f"where query like '%{marker}%' and query not like '%runtime%'",
        )
        if found == [("RUNNING",)]:
            return
        if found not in states:
            states.append(found)
    raise AssertionError(f"the server never ran {marker}; it was seen as {states}")
