"""Life cycle: loops that end, processes that fork, interpreters that exit, signals."""

import asyncio
import ctypes
import errno
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import qry_host

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def python(script, *arguments, timeout=20, send=None, after="ready", options=()):
    """Runs a script; returns (exit status, output, errors, seconds after `send` or the start)."""
    process = subprocess.Popen(
        [sys.executable, *options, "-c", textwrap.dedent(script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = ""
    start = time.monotonic()
    try:
        if send is not None:
            said = process.stdout.readline()
            assert said.strip() == after, process.stderr.read()
            start = time.monotonic()
            process.send_signal(send)
        out, err = process.communicate(timeout=timeout)
    except BaseException:
        process.kill()
        raise
    return process.returncode, said + out, err, time.monotonic() - start


OPEN = """
import asyncio, os, signal, sys, time
import qry_host
from qry_host import dbapi
registry, data = sys.argv[1:3]
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
async def lite(host):
    try:
        return await host.datasources.get("lite")
    except qry_host.NotFound:
        return await host.datasources.create(
            "lite", driver="sqlite", params={"path": data, "mode": "rwc"})
"""


@pytest.fixture
def script(registry, tmp_path):
    def call(body, **options):
        return python(OPEN + textwrap.dedent(body), registry, tmp_path / "data.db", **options)

    return call


def test_a_second_loop_works_after_the_first(registry, tmp_path):
    params = {"path": tmp_path / "d.db", "mode": "rwc"}

    async def first():
        async with qry_host.open(registry) as host:
            lite = await host.datasources.create("lite", driver="sqlite", params=params)
            return await (await lite.execute("select 1")).rows()

    async def second():
        async with qry_host.open(registry) as host:
            return await (await (await host.datasources.get("lite")).execute("select 2")).rows()

    assert asyncio.run(first()) == [(1,)]
    assert asyncio.run(second()) == [(2,)]


def test_one_host_serves_two_loops_one_after_the_other(registry, tmp_path):
    host = qry_host.open(registry)

    async def create():
        await host
        await host.datasources.create(
            "lite", driver="sqlite", params={"path": tmp_path / "d.db", "mode": "rwc"}
        )

    async def use(n):
        return await (await (await host.datasources.get("lite")).execute(f"select {n}")).rows()

    asyncio.run(create())
    assert asyncio.run(use(1)) == [(1,)]
    assert asyncio.run(use(2)) == [(2,)]
    asyncio.run(host.close())


def test_loops_on_two_threads_share_a_host(registry, tmp_path):
    host = qry_host.open(registry)

    async def create():
        await host
        await host.datasources.create(
            "lite", driver="sqlite", params={"path": tmp_path / "d.db", "mode": "rwc"}
        )

    asyncio.run(create())
    got = {}

    async def use(n):
        lite = await host.datasources.get("lite")
        return [(await (await lite.execute("select $1", [i])).rows())[0][0] for i in range(n)]

    threads = [
        threading.Thread(target=lambda n=n: got.__setitem__(n, asyncio.run(use(n)))) for n in (50, 60)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert got == {50: list(range(50)), 60: list(range(60))}
    asyncio.run(host.close())


def test_a_loop_closed_with_queries_in_flight_does_no_harm(script):
    status, out, err, _ = script(
        """
        loop = asyncio.new_event_loop()
        async def begin():
            host = await qry_host.open(registry)
            l = await lite(host)
            return host, l
        host, l = loop.run_until_complete(begin())
        tasks = [loop.create_task(l.execute(ENDLESS)) for _ in range(5)]
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()
        import gc, logging
        logging.disable()     # asyncio says, rightly, that tasks were destroyed
        del tasks, loop
        gc.collect()
        async def again():
            return await (await l.execute("select 7")).rows()
        print(asyncio.run(again()))
        """
    )
    assert (status, out.strip()) == (0, "[(7,)]"), err


def test_the_interpreter_exits_in_time_with_queries_in_flight(script):
    status, out, err, _ = script(
        """
        async def main():
            host = await qry_host.open(registry)
            l = await lite(host)
            tasks = [asyncio.create_task(l.execute(ENDLESS)) for _ in range(5)]
            await asyncio.sleep(0.05)
            print(time.monotonic(), flush=True)
            sys.exit(3)
        asyncio.run(main())
        """
    )
    assert status == 3, err
    assert err == ""
    seconds = time.monotonic() - float(out)
    print(f"exit took {seconds:.2f} s")
    assert seconds < 2


@pytest.mark.parametrize("options", [("-X", "dev"), ("-W", "error")], ids=" ".join)
def test_nothing_is_said_on_standard_error_in_a_strict_interpreter(script, options):
    status, out, err, _ = script(
        """
        async def main():
            # A busy machine is not what this is about.
            asyncio.get_running_loop().slow_callback_duration = 60
            async with qry_host.open(registry) as host:
                l = await lite(host)
                rows = await (await l.execute("select 1")).rows()
                task = asyncio.create_task(l.execute(ENDLESS))
                await asyncio.sleep(0.02)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    print("cancelled")
        asyncio.run(main())
        """,
        options=options,
    )
    assert (status, out.strip(), err) == (0, "cancelled", "")


def test_a_forked_child_is_told_and_the_parent_goes_on(script):
    status, out, err, _ = script(
        """
        async def main():
            async with qry_host.open(registry) as host:
                l = await lite(host)
                open_result = await l.execute("select 5")
                child = os.fork()
                if child == 0:
                    told = 0
                    for use in (lambda: l.name, host.drivers, lambda: open_result.rows_affected):
                        try:
                            use()
                        except qry_host.ForkedProcess as e:
                            told += "qry_host.open()" in e.hint
                    try:
                        await l.execute("select 1")
                    except qry_host.ForkedProcess:
                        told += 1
                    del l, host, open_result
                    os._exit(told)
                _, status = os.waitpid(child, 0)
                print(os.waitstatus_to_exitcode(status))
                print(await open_result.rows(), await (await l.execute("select 6")).rows())
        asyncio.run(main())
        """
    )
    assert (status, out.split("\n")[:2]) == (0, ["4", "[(5,)] [(6,)]"]), err


def test_a_child_may_open_a_host_of_its_own(script):
    status, out, err, _ = script(
        """
        async def parent():
            async with qry_host.open(registry) as host:
                await lite(host)
        asyncio.run(parent())
        async def query(n):
            async with qry_host.open(registry) as host:
                return (await (await (await lite(host)).execute(f"select {n}")).rows())[0][0]
        child = os.fork()
        if child == 0:
            os._exit(asyncio.run(query(41)))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), asyncio.run(query(42)))
        """
    )
    assert (status, out.strip()) == (0, "41 42"), err


def test_a_child_that_exits_in_the_ordinary_way_leaves_the_parent_alone(script):
    status, out, err, _ = script(
        """
        host = qry_host.open(registry)
        async def begin():
            await host
            l = await lite(host)
            return l, await l.execute("select 1")
        l, result = asyncio.run(begin())
        child = os.fork()
        if child == 0:
            sys.exit(5)      # runs atexit and destructors
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        async def go_on():
            print(await result.rows(), await (await l.execute("select 2")).rows())
            await host.close()
        asyncio.run(go_on())
        """
    )
    assert (status, err) == (0, "")
    assert out.split("\n")[:2] == ["5", "[(1,)] [(2,)]"]


def test_ctrl_c_ends_asyncio_run_in_time(script):
    status, _, err, seconds = script(
        """
        async def main():
            async with qry_host.open(registry) as host:
                l = await lite(host)
                print("ready", flush=True)
                await l.execute(ENDLESS)
        asyncio.run(main())
        """,
        send=signal.SIGINT,
    )
    assert "KeyboardInterrupt" in err
    assert status in (-signal.SIGINT, 130)
    assert seconds < 3


def test_ctrl_c_ends_a_blocking_query_in_time(script):
    status, out, err, seconds = script(
        """
        with dbapi.connect(driver="sqlite", params={"path": data, "mode": "rwc"}) as c:
            import threading
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                c.execute(ENDLESS)
            except KeyboardInterrupt:
                print("interrupted")
            print(c.execute("select 7").fetchall())
        """
    )
    assert status == 0, err
    assert out.split("\n")[:2] == ["interrupted", "[(7,)]"]
    assert seconds < 3


def test_other_threads_run_while_a_query_does(with_sqlite):
    count = 0
    stop = threading.Event()

    def work():
        nonlocal count
        while not stop.is_set():
            count += 1

    async def body(lite):
        nonlocal count
        worker = threading.Thread(target=work)
        worker.start()
        try:
            before = count
            with pytest.raises(qry_host.QueryTimeout):
                await (await lite.execute(ENDLESS, timeout=0.3)).rows()
            return count - before
        finally:
            stop.set()
            worker.join()

    done = with_sqlite(body)
    print(f"a Python thread counted to {done} meanwhile")
    assert done > 10_000


def test_a_blocking_read_of_a_capsule_frees_the_gil_too(with_postgres):
    async def body(pg):
        # The first batches come at once, the next one never.
        result = await pg.execute(
            "select pg_sleep(case when i > 150000 then 60 else 0 end) from generate_series(1, 200000) i",
            timeout=2,
        )
        capsule = result.__arrow_c_stream__()
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        address = get(capsule, b"arrow_array_stream")
        # get_next is the second function; PyDLL's prototype keeps the GIL, as some readers do.
        table = (ctypes.c_void_p * 5).from_address(address)
        next_batch = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(table[1])
        count = 0
        stop = threading.Event()

        def work():
            nonlocal count
            while not stop.is_set():
                count += 1

        worker = threading.Thread(target=work)
        worker.start()
        room = (ctypes.c_char * 80)()
        while (status := next_batch(address, ctypes.addressof(room))) == 0:
            pass
        assert status == errno.ETIMEDOUT
        stop.set()
        worker.join()
        return count

    assert with_postgres(body) > 10_000


def test_garbage_collection_amid_deliveries_is_harmless(with_sqlite):
    async def body(lite):
        gc.set_threshold(1)
        try:

            async def one(i):
                return (await (await lite.execute("select $1", [i])).rows())[0][0]

            assert await asyncio.gather(*(one(i) for i in range(50))) == list(range(50))
        finally:
            gc.set_threshold(700, 10, 10)

    with_sqlite(body)
