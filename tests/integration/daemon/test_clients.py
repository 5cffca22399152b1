"""Clients that die, that are slow, that are many, and that are none."""

import asyncio
import os
import random
import signal
import socket
import struct
import subprocess
import time

import pytest

import qry_host
import wire
from daemon import ENDLESS, rest, until

MANY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400000) "
    "select i, 'row ' || i as t from n"
)
RUN_TWENTY = """
async def body():
    host = await qry_host.connect(address)
    source = await host.datasources.get(sys.argv[2])
    half_read = await source.execute(sys.argv[4])
    async for batch in half_read:
        break
    for _ in range(20):
        asyncio.ensure_future(source.execute(sys.argv[3]))
    while source.pool.in_use < 21:
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    await asyncio.sleep(60)
asyncio.run(body())
"""


def kill_when_ready(process: subprocess.Popen) -> None:
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    finally:
        process.kill()
        process.communicate()


def stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rpartition(")")[2].split()[0] == "T"


def resident(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_a_client_that_is_killed_leaves_its_pool_whole_and_others_alone(daemon):
    async def body():
        async with qry_host.connect(daemon.address) as host:
            lite = await daemon.lite(host, pool_max_size=30)
            mine = (await lite.execute(MANY)).__aiter__()
            read = [await anext(mine)]
            before = daemon.descriptors()
            client = daemon.client(RUN_TWENTY, "lite", ENDLESS, MANY)
            await asyncio.to_thread(kill_when_ready, client)
            assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 1)
            pool = lite.pool
            assert pool.size == pool.idle + 1 and pool.waiting == 0
            read += await rest(mine)
            assert sum(len(batch) for batch in read) == 400000
            assert await asyncio.to_thread(until, lambda: daemon.descriptors() <= before)
            assert (await host.stats()).clients == 1

    asyncio.run(body())


def test_the_server_of_a_killed_client_is_idle_again(daemon, postgres):
    rows = "select i, 'row ' || i from generate_series(1, 400000) i"

    async def body():
        async with qry_host.connect(daemon.address) as host:
            source = await host.datasources.create(
                "pg", driver="postgresql", params=postgres.params, secrets=postgres.secrets,
                pool_max_size=25,
            )
            client = daemon.client(RUN_TWENTY, "pg", "select pg_sleep(60)", rows)
            begun = time.monotonic()
            await asyncio.to_thread(kill_when_ready, client)
            busy = "select count(*) from pg_stat_activity where state = 'active' and pid <> " \
                   "pg_backend_pid() and backend_type = 'client backend'"

            async def active():
                return (await (await source.execute(busy)).rows())[0][0]

            while await active() and time.monotonic() - begun < 20:
                await asyncio.sleep(0.02)
            assert await active() == 0
            assert await asyncio.to_thread(until, lambda: source.pool.in_use == 0)

    asyncio.run(body())


def test_a_client_whose_child_holds_the_socket_open_is_gone_when_it_dies(daemon):
    script = """
    async def body():
        host = await qry_host.connect(address)
        lite = await host.datasources.get("lite")
        asyncio.ensure_future(lite.execute(sys.argv[2]))
        while lite.pool.in_use < 1:
            await asyncio.sleep(0.01)
        child = os.fork()
        if child == 0:
            os.close(1)
            os.close(2)
            import time
            time.sleep(60)
        print(child, flush=True)
        await asyncio.sleep(60)
    asyncio.run(body())
    """

    async def body():
        async with qry_host.connect(daemon.address) as host:
            lite = await daemon.lite(host)
            client = daemon.client(script, ENDLESS)
            child = int(client.stdout.readline())
            try:
                client.kill()
                client.communicate()
                assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 0)
            finally:
                os.kill(child, signal.SIGKILL)

    asyncio.run(body())


def test_fifty_clients_are_served_side_by_side(daemon):
    script = """
    async def body():
        async with qry_host.connect(address) as host:
            lite = await host.datasources.get("lite")
            for i in range(20):
                assert await (await lite.execute("select $1", [i])).rows() == [(i,)]
    asyncio.run(body())
    """

    async def prepare():
        async with qry_host.connect(daemon.address) as host:
            lite = await daemon.lite(host)
            # So that the worker is there when descriptors are counted.
            await (await lite.execute("select 1")).rows()

    asyncio.run(prepare())
    before = daemon.descriptors()
    clients = [daemon.client(script) for _ in range(50)]
    for client in clients:
        _, err = client.communicate(timeout=120)
        assert client.returncode == 0, err
    assert until(lambda: daemon.descriptors() <= before)


def test_a_client_of_another_release_is_told_both_versions(daemon):
    with wire.connect(daemon.path) as one:
        one.sendall(wire.greeting(protocol=7, version="9.9.9"))
        kind, _, payload = wire.read_frame(one)
        assert kind == wire.FAILED
        assert b"(protocol 1)" in payload and b"9.9.9 (protocol 7)" in payload
        assert wire.hung_up(one)


GARBAGE = {
    "noise": random.Random(4).randbytes(4096),
    "a length beyond all bounds": struct.pack("<IHHII", 0xFFFFFFFF, wire.GREET, 0, 0, 0),
    "an unknown type": wire.frame(9999),
    "a call before the greeting": wire.frame(wire.LIST, channel=1),
    "a greeting cut off": wire.frame(wire.GREET, struct.pack("<I", 1)),
    "a greeting that is too long": wire.frame(
        wire.GREET, struct.pack("<I", 1) + wire.text("1") + b"x"),
    "a text that is no UTF-8": wire.frame(
        wire.GREET, struct.pack("<II", 1, 2) + b"\xff\xfe"),
    "an answer in place of a question": wire.greeting() + wire.frame(wire.LISTED, channel=1),
    "a call without a number": wire.greeting() + wire.frame(wire.LIST),
    "a worker's frame": wire.greeting() + wire.frame(2, b"", 1),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_ends_its_own_connection_and_nothing_else(daemon, what):
    with wire.connect(daemon.path) as good, wire.connect(daemon.path) as bad:
        good.sendall(wire.greeting())
        assert wire.read_frame(good)[0] == wire.WELCOME
        bad.sendall(GARBAGE[what])
        assert wire.hung_up(bad)
        good.sendall(wire.frame(wire.LIST, channel=5))
        assert wire.read_frame(good)[:2] == (wire.LISTED, 5)
    assert daemon.process.poll() is None


def test_bytes_one_by_one_are_a_greeting_too(daemon):
    with wire.connect(daemon.path) as one:
        for byte in wire.greeting():
            one.sendall(bytes([byte]))
        assert wire.read_frame(one)[0] == wire.WELCOME


def test_a_client_that_does_not_read_is_disconnected_at_64_mib(daemon):
    questions = wire.frame(wire.PING, struct.pack("<Q", 7)) * 4096
    peak = 0
    sent = 0
    gone = False
    with wire.connect(daemon.path) as one:
        one.sendall(wire.greeting())
        try:
            # Each is answered by as much; the daemon takes all in, whatever waits to go out.
            while sent < 256 << 20:
                one.sendall(questions)
                sent += len(questions)
                peak = max(peak, resident(daemon.pid))
        except (BrokenPipeError, ConnectionResetError):
            gone = True
    assert gone and sent > 64 << 20, daemon.said()
    assert until(lambda: "disconnected: more than 64 MiB" in daemon.said())
    print(f"resident at most {peak >> 20} MiB")
    assert peak < 400 << 20

    async def after():
        async with qry_host.connect(daemon.address) as host:
            assert await host.datasources.list() == []
            assert (await host.stats()).clients == 1

    asyncio.run(after())


def test_a_silent_connection_is_closed_after_the_time_to_greet(daemon):
    begun = time.monotonic()
    with wire.connect(daemon.path) as one:
        assert wire.hung_up(one)
    assert 4.5 < time.monotonic() - begun < 10


def test_a_frozen_daemon_does_not_hold_its_clients_for_ever(daemon):
    async def body():
        async with qry_host.connect(daemon.address) as host:
            lite = await daemon.lite(host)
            # A worker that starts meanwhile would count as too late.
            await (await lite.execute("select 0")).rows()
            os.kill(daemon.pid, signal.SIGSTOP)
            assert await asyncio.to_thread(until, lambda: stopped(daemon.pid))
            begun = time.monotonic()
            try:
                with pytest.raises(qry_host.ConnectionFailed, match="does not answer"):
                    await lite.execute("select 1")
                assert time.monotonic() - begun < 15
            finally:
                os.kill(daemon.pid, signal.SIGCONT)
            assert await (await lite.execute("select 2")).rows() == [(2,)]

    asyncio.run(body())
