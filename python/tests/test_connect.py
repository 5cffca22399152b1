"""connect(): a daemon's host is used as one's own."""

import asyncio
import decimal
import gc
import multiprocessing
import os
import pathlib
import signal
import time

import pytest

import qry_host
from daemon import ENDLESS, until

# Eight megabytes and more: batches that do not fit a frame.
MANY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) "
    "select i, 'row ' || i as t from n"
)


def connected(daemon, test, **create):
    """Runs ``await test(datasource, host)`` over the socket."""

    async def body():
        async with qry_host.connect(daemon.address) as host:
            return await test(await daemon.lite(host, **create), host)

    return asyncio.run(body())


def test_datasources_are_made_found_changed_and_removed(daemon):
    async def body():
        async with qry_host.connect(daemon.address) as host:
            assert await host.datasources.list() == []
            made = await daemon.lite(host, timeout="5s")
            assert (made.name, made.driver, made.timeout) == ("lite", "sqlite", 5.0)
            changed = await host.datasources.update("lite", timeout="7s")
            assert (changed.timeout, made.timeout) == (7.0, 7.0)
            with pytest.raises(qry_host.Conflict):
                await host.datasources.update("lite", timeout="8s", version=1)
            await host.datasources.rename("lite", "light")
            assert [d.name for d in await host.datasources.list()] == ["light"]
            with pytest.raises(qry_host.NotFound, match="lite"):
                await host.datasources.get("lite")
            await host.datasources.remove("light")
            assert await host.datasources.list() == []

    asyncio.run(body())


def test_what_the_daemon_has_installed_is_what_its_clients_see(daemon, registry):
    async def body():
        async with qry_host.connect(daemon.address) as there:
            assert there.registry == daemon.registry
            async with qry_host.open(registry) as here:
                assert there.drivers() == here.drivers()

    asyncio.run(body())


def test_values_arguments_and_notices_cross_unchanged(daemon):
    async def test(lite, host):
        sent = [None, True, 7, 2.5, "ä\N{GRINNING FACE}", b"\x00\xff", decimal.Decimal("12.50")]
        marks = ", ".join(f"${i + 1}" for i in range(len(sent)))
        got = (await (await lite.execute(f"select {marks}", sent)).rows())[0]
        assert got[:6] == (None, 1, 7, 2.5, "ä\N{GRINNING FACE}", b"\x00\xff")
        result = await lite.execute("create table t (a integer)")
        assert await result.rows() == []
        result = await lite.execute("insert into t values (1), (2)")
        assert result.rows_affected == 2
        assert result.query_id and result.elapsed > 0

    connected(daemon, test)


def test_large_results_are_read_in_the_daemons_own_memory(daemon):
    async def test(lite, host):
        result = await lite.execute(MANY)
        batches = [batch async for batch in result]
        mapped = pathlib.Path("/proc/self/maps").read_text()
        assert "qry-batches" in mapped
        # They stay as they are, whatever the daemon does meanwhile.
        again = await lite.execute(MANY)
        assert sum([len(batch) async for batch in again]) == 300000
        rows = [row for batch in batches for row in batch.rows()]
        assert len(rows) == 300000
        assert rows[0] == (1, "row 1") and rows[-1] == (300000, "row 300000")

    connected(daemon, test)


def test_batches_outlive_their_host(daemon):
    async def test(lite, host):
        result = await lite.execute(MANY)
        return [batch async for batch in result]

    batches = connected(daemon, test)

    # Others use the daemon's memory now, but not these pages.
    async def others(other, host):
        for _ in range(3):
            async for batch in await other.execute(MANY.replace("'row ' || i", "'xxx ' || i")):
                pass

    connected(daemon, others, name="other")
    rows = [row for batch in batches for row in batch.rows()]
    assert rows == [(i, f"row {i}") for i in range(1, 300001)]


def test_errors_come_as_they_were(daemon):
    async def test(lite, host):
        with pytest.raises(qry_host.QueryError, match="nowhere") as caught:
            await lite.execute("select * from nowhere")
        assert caught.value.datasource == "lite"
        with pytest.raises(qry_host.InvalidParameter) as wrong:
            await host.datasources.create("x", driver="sqlite", params={"path": "x", "pth": "1"})
        assert wrong.value.parameter == "pth"
        with pytest.raises(qry_host.InvalidParameter, match="timeout"):
            await lite.execute("select 1", timeout=-1)

    connected(daemon, test)


def test_a_time_limit_is_kept_and_named(daemon):
    async def test(lite, host):
        begun = time.monotonic()
        with pytest.raises(qry_host.QueryTimeout) as caught:
            await lite.execute(ENDLESS, timeout="300ms")
        assert 0.3 <= time.monotonic() - begun < 1
        assert (caught.value.limit, caught.value.limit_source) == (0.3, "query")
        assert until(lambda: lite.pool.in_use == 0)
        with pytest.raises(qry_host.QueryTimeout) as caught:
            await lite.execute(ENDLESS)
        assert caught.value.limit_source == "datasource 'lite'"

    connected(daemon, test, timeout="400ms")


def test_a_cancelled_task_ends_its_query_at_the_server(daemon):
    async def test(lite, host):
        task = asyncio.create_task(lite.execute(ENDLESS))
        assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 0)
        assert await (await lite.execute("select 1")).rows() == [(1,)]

    connected(daemon, test, pool_max_size=1)


def test_a_result_that_is_dropped_half_read_gives_its_session_back(daemon):
    async def test(lite, host):
        for _ in range(5):
            async with await lite.execute(MANY) as result:
                async for _batch in result:
                    break
        result = await lite.execute(MANY)
        del result
        gc.collect()
        assert await (await lite.execute("select 1")).rows() == [(1,)]

    connected(daemon, test, pool_max_size=1)


def test_a_connection_is_tested_step_by_step(daemon):
    async def test(lite, host):
        steps = []
        report = await lite.test(on_step=lambda step: steps.append(step.name))
        assert report.ok and steps == [step.name for step in report.steps] != []
        assert lite.state == "connected"
        bad = await host.check(driver="sqlite", params={"path": "/nowhere/x", "mode": "ro"})
        assert not bad.ok and isinstance(bad.error, qry_host.Error)

    connected(daemon, test)


def test_a_schema_is_mapped_once_and_again_when_it_changed(daemon):
    async def test(lite, host):
        await (await lite.execute("create table first (a integer primary key)")).rows()
        schema = await lite.schema()
        assert [table.name for table in schema.tables] == ["first"]
        maps = pathlib.Path("/proc/self/maps")
        assert maps.read_text().count("qry-schema") == 1
        for _ in range(3):
            await lite.schema()
        assert maps.read_text().count("qry-schema") == 1
        await (await lite.execute("create table second (b text)")).rows()
        stages = []
        diff = await lite.refresh_schema(progress=lambda stage, done: stages.append(stage))
        assert {change.what for change in diff.added} >= {"table"}
        newer = await lite.schema()
        assert newer.generation > schema.generation and stages
        assert [table.name for table in newer.tables] == ["first", "second"]
        assert [table.name for table in schema.tables] == ["first"]

    connected(daemon, test)


def test_several_programs_see_one_state(daemon):
    async def test(lite, host):
        async with qry_host.connect(daemon.address) as other:
            same = await other.datasources.get("lite")
            await (await same.execute("create table t as select 5 as five")).rows()
            assert await (await lite.execute("select five from t")).rows() == [(5,)]
            assert same.pool.size == lite.pool.size
            stats = await other.stats()
            assert stats.clients == 2 and stats.pid == daemon.pid

    connected(daemon, test)


def test_after_close_every_call_says_closed(daemon):
    async def body():
        host = await qry_host.connect(daemon.address)
        lite = await daemon.lite(host)
        task = asyncio.create_task(lite.execute(ENDLESS))
        assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 1)
        await host.close()
        with pytest.raises(qry_host.Closed):
            await task
        with pytest.raises(qry_host.Closed):
            await lite.execute("select 1")
        async with qry_host.connect(daemon.address) as again:
            lite = await again.datasources.get("lite")
            assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 0)

    asyncio.run(body())


def test_a_daemon_that_is_killed_fails_what_runs_and_is_found_again(daemon):
    async def test(lite, host):
        running = [asyncio.create_task(lite.execute(ENDLESS)) for _ in range(5)]
        assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 5)
        begun = time.monotonic()
        os.kill(daemon.pid, signal.SIGKILL)
        for outcome in await asyncio.gather(*running, return_exceptions=True):
            assert isinstance(outcome, qry_host.ConnectionFailed), outcome
            assert outcome.retryable and "qry-host serve" in outcome.hint
        assert time.monotonic() - begun < 2
        with pytest.raises(qry_host.ConnectionFailed, match=r"daemon .*sock"):
            await lite.execute("select 1")
        daemon.process.wait()
        daemon.start()
        assert await (await lite.execute("select 2")).rows() == [(2,)]
        assert [found.name for found in await host.datasources.list()] == ["lite"]

    connected(daemon, test)


def test_a_forked_child_connects_for_itself(daemon):
    async def body():
        host = await qry_host.connect(daemon.address)
        lite = await daemon.lite(host)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                lite.name
            except qry_host.ForkedProcess as e:
                status = 0 if "connect()" in e.hint else 2
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert await (await lite.execute("select 3")).rows() == [(3,)]
        await host.close()

    asyncio.run(body())


def answer(address):
    """What a prefork server's worker does."""

    async def body():
        async with qry_host.connect(address) as host:
            lite = await host.datasources.get("lite")
            return (await (await lite.execute("select 41 + 1")).rows())[0][0]

    return asyncio.run(body())


def answer_alone(registry):
    async def body():
        async with qry_host.open(registry) as host:
            lite = await host.datasources.get("lite")
            return (await (await lite.execute("select 41 + 1")).rows())[0][0]

    return asyncio.run(body())


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("how", [answer, answer_alone])
def test_workers_of_a_prefork_server_have_hosts_of_their_own(daemon, method, how):
    async def prepare():
        async with qry_host.connect(daemon.address) as host:
            await daemon.lite(host)

    asyncio.run(prepare())
    where = daemon.address if how is answer else daemon.registry
    assert how(where) == 42
    context = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        assert pool.map(how, [where] * 6) == [42] * 6
    assert how(where) == 42


def test_nothing_is_left_in_the_daemon_by_clients_that_went(daemon):
    def once():
        async def body():
            async with qry_host.connect(daemon.address) as host:
                lite = await host.datasources.get("lite")
                await (await lite.execute(MANY)).rows()
                await lite.schema()

        asyncio.run(body())

    async def prepare(lite, host):
        pass

    connected(daemon, prepare)
    once()
    before = daemon.descriptors()
    for _ in range(20):
        once()
    assert until(lambda: daemon.descriptors() <= before), (before, daemon.descriptors())


def test_a_datasource_that_another_client_removed_says_so_by_its_name(daemon):
    async def test(lite, host):
        async with qry_host.connect(daemon.address) as other:
            await other.datasources.remove("lite")
        for call in (lambda: lite.execute("select 1"), lite.schema, lite.test):
            with pytest.raises(qry_host.Closed, match="^the datasource 'lite' was removed$"):
                await call()

    connected(daemon, test)


def test_a_relative_file_is_meant_from_the_clients_directory(daemon, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")

    async def body():
        async with qry_host.connect(daemon.address) as host:
            given = {"path": "made.db", "mode": "rwc"}
            made = await host.datasources.create("a", driver="sqlite", params=given)
            assert made.params["path"] == str(tmp_path / "mine/made.db")
            report = await host.check(driver="sqlite", params=given)
            assert report.ok and str(tmp_path / "mine/made.db") in report.steps[0].detail
            # Of a change the daemon alone knows the driver.
            with pytest.raises(qry_host.InvalidParameter, match="expected an absolute path"):
                await host.datasources.update("a", params={"path": "other.db"})

    asyncio.run(body())
