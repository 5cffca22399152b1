"""qry-host status: the figures of a daemon, in three forms."""

import json
import re
import signal
import subprocess
import sys

import pytest
from conftest import BUILD


@pytest.fixture
def address(tmp_path):
    return f"unix:{tmp_path}/qry-host.sock"


@pytest.fixture
def daemon(shop, address):
    """A daemon that has answered two queries of one program and failed one."""
    running = shop.start("serve", "--listen", address)
    assert running.stderr.readline().startswith("qry-host: listening on ")
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=20)
        assert running.returncode == 0


@pytest.fixture
def used(shop, daemon, address):
    program = (
        "import asyncio, qry_host\n"
        "async def main():\n"
        f"    async with qry_host.connect({address!r}) as host:\n"
        "        shop = await host.datasources.get('shop')\n"
        "        for n in range(2):\n"
        "            await (await shop.execute('select id from orders')).rows()\n"
        "        try:\n"
        "            await shop.execute('selec')\n"
        "        except qry_host.QueryError:\n"
        "            pass\n"
        "asyncio.run(main())\n"
    )
    package = str(BUILD / "lib/python3/dist-packages")
    subprocess.run(
        [sys.executable, "-c", program],
        env={**shop.env, "PYTHONPATH": package},
        check=True,
        timeout=60,
    )
    return shop


def test_without_a_daemon_it_says_how_to_start_one(qry, address):
    done = qry("status", QRY_SOCKET=address)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert address.removeprefix("unix:") in lines[0]
    assert lines[-1].startswith("hint: ") and "qry-host serve" in lines[-1]


def test_two_forms_at_once_are_wrong_use(qry):
    done = qry("status", "--json", "--prometheus")
    assert done.returncode == 2
    assert "two forms" in done.stderr


def test_an_idle_daemon_has_nothing_to_show_but_itself(shop, daemon, address):
    text = shop("status", "--socket", address).stdout
    assert re.match(
        rf"qry-host 0\.1\.0, process {daemon.pid}, up \d+ s, clients: 1\n", text
    )
    assert "no worker was needed yet" in text
    assert "no datasource was used yet" in text


def test_workers_and_datasources_stand_in_tables(used, address):
    done = used("status", QRY_SOCKET=address)
    assert done.returncode == 0, done.stderr
    _, workers, datasources = done.stdout.split("\n\n")
    head, worker = workers.splitlines()
    assert head.split()[:5] == ["worker", "version", "serves", "state", "process"]
    assert worker.split()[:4] == ["sqlite", "0.1.0", "all", "running"]
    head, shop = datasources.splitlines()
    assert head.startswith("datasource  driver")
    cells = re.split(r"\s{2,}", shop)
    assert cells[:3] == ["shop", "sqlite", "process"]
    # In use, idle, waiting, queries, in flight, failed, rows, data.
    assert cells[3:11] == ["0", "1", "0", "3", "0", "1 (QueryError 1)", "6", "48 B"]


def test_json_has_all_of_it(used, daemon, address):
    stats = json.loads(used("status", "--json", QRY_SOCKET=address).stdout)
    assert stats["version"] == "0.1.0"
    assert stats["pid"] == daemon.pid
    assert stats["clients"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stats["opened_at"])
    (shop,) = stats["datasources"]
    assert (shop["queries"], shop["succeeded"], shop["in_flight"]) == (3, 2, 0)
    assert shop["errors"] == {"QueryError": 1}
    assert (shop["rows"], shop["batches"], shop["bytes"]) == (6, 2, 48)
    assert shop["latency"]["total"] == sum(shop["latency"]["counts"]) == 3
    assert len(shop["latency"]["counts"]) == len(shop["latency"]["bounds"]) + 1
    assert 0 < shop["latency"]["p50"] <= shop["latency"]["p99"]
    (worker,) = stats["workers"]
    assert worker["datasource"] is None
    assert (worker["state"], worker["starts"], worker["deaths"]) == ("running", 1, {})
    assert worker["pid"] not in (0, daemon.pid)
    assert worker["memory_bytes"] > 1 << 20
    assert worker["threads"] > 0 and worker["descriptors"] > 0


def test_prometheus_reads_the_same_figures(used, address):
    lines = used("status", "--prometheus", QRY_SOCKET=address).stdout.splitlines()
    assert 'qry_queries_total{datasource="shop",driver="sqlite"} 3' in lines
    assert 'qry_worker_starts_total{driver="sqlite",datasource=""} 1' in lines
    assert "qry_host_clients 1" in lines
