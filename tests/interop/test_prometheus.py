"""What Host.prometheus() gives, read by Prometheus' own parser."""

import asyncio

import pytest
import qry_host
from prometheus_client.parser import text_string_to_metric_families


def figures(tmp_path):
    async def main():
        async with qry_host.open(str(tmp_path / "qry.db")) as host:
            lite = await host.datasources.create(
                "lite", driver="sqlite", params={"path": str(tmp_path / "a.db"), "mode": "rwc"}
            )
            await (await lite.execute("select 1 as a union all select 2")).rows()
            with pytest.raises(qry_host.QueryError):
                await lite.execute("selec")
            return await host.stats(), await host.prometheus()

    return asyncio.run(main())


def test_the_parser_of_prometheus_reads_every_figure(tmp_path):
    stats, text = figures(tmp_path)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    # Nothing is lost, and nothing is there twice.
    assert len(values) == sum(not line.startswith("#") for line in text.splitlines())
    assert all(family.type in ("counter", "gauge", "histogram") for family in families.values())
    assert all(family.documentation for family in families.values())

    of = (("datasource", "lite"), ("driver", "sqlite"))
    (lite,) = stats.datasources
    assert values["qry_queries_total", *of] == lite.queries == 2
    assert values["qry_query_errors_total", *of, ("kind", "QueryError")] == 1
    assert values["qry_rows_total", *of] == 2
    assert values["qry_result_bytes_total", *of] == lite.bytes
    assert families["qry_query_duration_seconds"].type == "histogram"
    assert values["qry_query_duration_seconds_bucket", *of, ("le", "+Inf")] == 2
    assert values["qry_query_duration_seconds_sum", *of] == pytest.approx(lite.latency.sum)
    started = values["qry_host_start_time_seconds",]
    assert started == pytest.approx(stats.opened_at.timestamp(), abs=1e-3)
    assert values["qry_worker_starts_total", ("datasource", ""), ("driver", "sqlite")] == 1
