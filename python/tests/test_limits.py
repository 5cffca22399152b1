"""Which time limit wins, and that none strikes early. On SQLite: the limits are the host's."""

from __future__ import annotations

import asyncio
import time

import pytest

import qry_host

ENDLESS = (
    "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
)


async def end_of(source: qry_host.Datasource, **options: object) -> qry_host.QueryTimeout:
    begin = time.monotonic()
    with pytest.raises(qry_host.QueryTimeout) as caught:
        await (await source.execute(ENDLESS, **options)).rows()  # type: ignore[arg-type]
    error = caught.value
    assert time.monotonic() - begin >= error.limit
    return error


def test_the_query_wins_over_the_datasource_and_that_over_thirty_seconds() -> None:
    asyncio.run(three_limits())


async def three_limits() -> None:
    async with qry_host.open(":memory:", jwt_secret_key="k") as host:

        async def source(name: str, timeout: object = None) -> qry_host.Datasource:
            return await host.datasources.create(
                name, driver="sqlite", params={"path": ":memory:"}, timeout=timeout
            )

        plain, own = await source("plain"), await source("own", "2s")
        by_default, by_datasource, by_query = await asyncio.gather(
            end_of(plain), end_of(own), end_of(own, timeout="500ms")
        )
    assert (by_default.limit, by_default.limit_source) == (30.0, "default")
    assert (by_datasource.limit, by_datasource.limit_source) == (2.0, "datasource 'own'")
    assert (by_query.limit, by_query.limit_source) == (0.5, "query")
    assert "30 s" in str(by_default)


SIXTY_MEGABYTES = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000) "
    "select i, hex(zeroblob(500)) from n"
)


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_batches_beyond_the_hosts_budget_are_refused_and_streaming_goes_on(
    monkeypatch: pytest.MonkeyPatch, isolation: str
) -> None:
    monkeypatch.setenv("QRY_BATCH_BUDGET", "40MiB")
    asyncio.run(small_budget(isolation))


async def small_budget(isolation: str) -> None:
    async with qry_host.open(":memory:", jwt_secret_key="k", isolation=isolation) as host:
        source = await host.datasources.create("s", driver="sqlite", params={"path": ":memory:"})
        with pytest.raises(qry_host.ResourceLimit):
            await (await source.execute(SIXTY_MEGABYTES)).read_all()
        seen = 0
        async for batch in await source.execute(SIXTY_MEGABYTES):
            seen += len(batch)
        assert seen == 60000
