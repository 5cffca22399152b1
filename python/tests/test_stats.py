"""What a host counts, as Python sees it."""

import asyncio
import dataclasses
import datetime
import os
import pickle
import signal

import pytest

import qry_host
from qry_host import DatasourceStats, Latency


def use(registry, path, body):
    """Runs ``await body(host, lite)`` on a host with a new SQLite datasource."""

    async def main():
        async with qry_host.open(registry) as host:
            lite = await host.datasources.create(
                "lite", driver="sqlite", params={"path": path, "mode": "rwc"}
            )
            return await body(host, lite)

    return asyncio.run(main())


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "data.db")


async def of_lite(host) -> DatasourceStats:
    (one,) = (await host.stats()).datasources
    return one


def test_queries_are_counted_with_their_outcome_rows_and_time(registry, path):
    async def body(host, lite):
        await (await lite.execute("select 1 as a union all select 2")).rows()
        with pytest.raises(qry_host.QueryError):
            await lite.execute("selec")
        # Refused at the door: it never was a query.
        with pytest.raises(qry_host.InvalidParameter):
            await lite.execute("select 1", limit=-1)
        return await of_lite(host)

    one = use(registry, path, body)
    assert (one.name, one.driver, one.queries) == ("lite", "sqlite", 2)
    assert one.succeeded == 1
    assert one.errors == {"QueryError": 1}
    assert one.in_flight == 0
    assert (one.rows, one.batches) == (2, 1)
    assert one.bytes >= 16
    assert one.pool.created >= 1
    assert one.latency.total == sum(one.latency.counts) == 2
    assert one.latency.sum > 0


def test_a_result_is_in_flight_until_it_is_read(registry, path):
    async def body(host, lite):
        sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
        async with await lite.execute(sql) as result:
            async for _ in result:
                break
            return await of_lite(host)

    one = use(registry, path, body)
    assert (one.queries, one.succeeded, one.in_flight) == (1, 0, 1)


def test_figures_survive_an_edit_and_a_new_name(registry, path):
    async def body(host, lite):
        await (await lite.execute("select 1")).rows()
        await host.datasources.update("lite", pool_max_size=2)
        renamed = await host.datasources.rename("lite", "light")
        await (await renamed.execute("select 1")).rows()
        one = await of_lite(host)
        assert renamed.pool.acquired == one.pool.acquired
        return one

    one = use(registry, path, body)
    assert one.name == "light"
    assert (one.queries, one.succeeded) == (2, 2)
    assert one.pool.acquired == 2


def test_the_host_tells_its_version_and_when_it_was_opened(registry, path):
    async def body(host, lite):
        return await host.stats()

    before = datetime.datetime.now(datetime.timezone.utc)
    stats = use(registry, path, body)
    assert stats.version == qry_host.__version__
    assert before <= stats.opened_at <= datetime.datetime.now(datetime.timezone.utc)
    assert stats.clients == 0
    assert stats.pid > 0
    assert pickle.loads(pickle.dumps(stats)) == stats
    assert dataclasses.asdict(stats)["datasources"][0]["name"] == "lite"
    with pytest.raises(dataclasses.FrozenInstanceError):
        stats.pid = 1


def test_quantiles_are_estimated_within_a_bucket():
    bounds = tuple(float(n) for n in range(1, 17))
    counts = [0] * 17
    # The core's own bounds count: four of at most 100 us, four of 500 us to 1 ms.
    counts[0] = counts[3] = 4
    latency = Latency(bounds=bounds, counts=tuple(counts), total=8, sum=0.004)
    assert latency.quantile(0.25) == pytest.approx(50e-6)
    assert latency.quantile(0.5) == pytest.approx(100e-6)
    assert latency.quantile(0.75) == pytest.approx(750e-6)
    assert latency.quantile(1) == pytest.approx(1e-3)
    for wrong in (-0.1, 1.1, float("nan"), 50):
        with pytest.raises(ValueError, match="expected a share"):
            latency.quantile(wrong)
    odd = dataclasses.replace(latency, counts=(1, 2))
    with pytest.raises(qry_host.InvalidParameter, match="2 entries; expected 17"):
        odd.quantile(0.5)


def test_no_queries_have_no_quantile(registry, path):
    async def body(host, lite):
        return (await of_lite(host)).latency.quantile(0.99)

    assert use(registry, path, body) == 0.0


def test_prometheus_is_text_with_the_same_figures(registry, path):
    async def body(host, lite):
        await (await lite.execute("select 1")).rows()
        return await host.prometheus()

    lines = use(registry, path, body).splitlines()
    assert 'qry_queries_total{datasource="lite",driver="sqlite"} 1' in lines
    assert "# TYPE qry_query_duration_seconds histogram" in lines
    assert any(line.startswith("qry_host_info{version=") for line in lines)


def test_a_worker_is_told_of_with_its_process_and_how_its_forerunner_died(registry, path):
    async def body(host, lite):
        await (await lite.execute("select 1")).rows()
        (first,) = (await host.stats()).workers
        os.kill(first.pid, signal.SIGKILL)
        while (await host.stats()).workers[0].pid == first.pid:
            await asyncio.sleep(0.01)
        await (await lite.execute("select 1")).rows()
        (second,) = (await host.stats()).workers
        return first, second

    first, second = use(registry, path, body)
    assert (first.driver, first.datasource, first.state) == ("sqlite", None, "running")
    assert (first.starts, first.deaths, first.sessions) == (1, {}, 1)
    assert first.memory_bytes > 1 << 20
    assert first.threads > 0 and first.descriptors > 0
    assert second.state == "running" and second.pid != first.pid
    assert (second.starts, second.deaths) == (2, {"signal": 1})


def test_without_workers_none_are_told_of(registry, path):
    async def main():
        async with qry_host.open(registry, isolation="inline") as host:
            lite = await host.datasources.create(
                "lite", driver="sqlite", params={"path": path, "mode": "rwc"}
            )
            await (await lite.execute("select 1")).rows()
            return await host.stats()

    stats = asyncio.run(main())
    assert stats.workers == []
    assert stats.datasources[0].isolation == "inline"


def test_a_closed_host_has_no_figures(registry):
    async def body():
        host = await qry_host.open(registry)
        await host.close()
        for ask in (host.stats, host.prometheus):
            with pytest.raises(qry_host.Closed):
                await ask()

    asyncio.run(body())
