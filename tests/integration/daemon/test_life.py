"""How the daemon starts, whom it lets in, and how it ends."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

import qry_host
from daemon import ENDLESS, PROGRAM, Daemon, rest, until

NOBODY = 65534


def query(address, text="select 1"):
    async def body():
        async with qry_host.connect(address) as host:
            return [d.name for d in await host.datasources.list()]

    return asyncio.run(body())


def test_the_socket_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    one = Daemon(tmp_path)
    try:
        one.start(command=("sh", "-c", 'umask 000; exec "$@"', "sh"))
        found = os.lstat(one.path)
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
    finally:
        one.end()


def test_a_dead_daemons_socket_is_replaced_and_a_living_ones_is_not(daemon):
    second = daemon.launch()
    assert second.wait(10) == 1
    assert f"qry-host (pid {daemon.pid}) listens there already" in daemon.said()
    assert query(daemon.address) == []
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.process.wait()
    assert daemon.path.exists()
    daemon.log.write_text("")
    daemon.start()
    assert query(daemon.address) == []


def test_of_many_daemons_that_start_at_once_one_serves(tmp_path):
    one = Daemon(tmp_path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(one.path))
    started = [one.launch() for _ in range(6)]
    try:
        assert until(lambda: sum(p.poll() is None for p in started) == 1, 20)
        (winner,) = [p for p in started if p.poll() is None]
        assert [p.returncode for p in started if p is not winner] == [1] * 5
        assert until(lambda: "listening on" in one.said())
        assert query(one.address) == []
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_daemon_stops_at_once_and_leaves_nothing(daemon, how):
    status, seconds = daemon.stop(how)
    assert status == 0 and seconds < 3, daemon.said()
    assert not daemon.path.exists()
    assert sorted(p.name for p in daemon.folder.iterdir() if "sock" in p.name) == []


def test_a_hang_up_is_no_reason_to_stop(daemon):
    daemon.process.send_signal(signal.SIGHUP)
    assert query(daemon.address) == []
    assert daemon.process.poll() is None


def test_what_runs_may_end_while_the_daemon_stops_and_nothing_new_begins(daemon):
    async def body():
        async with qry_host.connect(daemon.address) as host:
            lite = await daemon.lite(host)
            numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where " \
                      "i < 300000) select i from n"
            result = (await lite.execute(numbers)).__aiter__()
            read = [await anext(result)]
            daemon.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(until, lambda: "stopping" in daemon.said())
            with pytest.raises(qry_host.Closed, match="stopping") as caught:
                await lite.execute("select 1")
            assert caught.value.retryable
            with pytest.raises(qry_host.ConnectionFailed):
                await qry_host.connect(daemon.address)
            read += await rest(result)
            return sum(len(batch) for batch in read)

    assert asyncio.run(body()) == 300000
    assert daemon.process.wait(10) == 0


def test_what_does_not_end_in_time_is_cancelled_and_told(tmp_path):
    one = Daemon(tmp_path).start("--drain", "1s")

    async def body():
        async with qry_host.connect(one.address) as host:
            lite = await one.lite(host)
            running = [asyncio.create_task(lite.execute(ENDLESS)) for _ in range(4)]
            assert await asyncio.to_thread(until, lambda: lite.pool.in_use == 4)
            begun = time.monotonic()
            one.process.send_signal(signal.SIGTERM)
            outcomes = await asyncio.gather(*running, return_exceptions=True)
            return outcomes, time.monotonic() - begun

    try:
        begun = time.monotonic()
        outcomes, seconds = asyncio.run(body())
        assert [type(o) for o in outcomes] == [qry_host.Closed] * 4, outcomes
        assert all(o.retryable for o in outcomes) and 1 <= seconds < 2
        assert one.process.wait(10) == 0
        assert time.monotonic() - begun < 1 + 3 + 5  # with starting a datasource and its worker
    finally:
        one.end()


def test_systemd_hands_the_socket_over_and_is_told_how_far_it_is(tmp_path):
    one = Daemon(tmp_path)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(one.path))
    listening.listen()
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(20)
    # What systemd does between fork and exec: descriptor 3, and the child's own number.
    script = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_FDS'] = '1';"
        "os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[2], sys.argv[2:])"
    )
    try:
        one.process = one.launch(
            "--listen", f"unix:{tmp_path}/not-this-one.sock",
            command=(sys.executable, "-c", script, str(listening.fileno())),
            pass_fds=(listening.fileno(),),
            environment={"NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        assert manager.recv(100) == b"READY=1"
        assert query(one.address) == []
        assert not (tmp_path / "not-this-one.sock").exists()
        one.process.send_signal(signal.SIGTERM)
        assert manager.recv(100) == b"STOPPING=1"
        assert one.process.wait(10) == 0
        # It is systemd's.
        assert one.path.exists()
    finally:
        one.end()


def test_a_file_in_the_way_is_left_alone(tmp_path):
    one = Daemon(tmp_path)
    one.path.write_text("precious")
    assert one.launch().wait(10) == 1
    assert one.path.read_text() == "precious"
    assert "no socket is in the way" in one.said()


def test_the_environment_names_the_socket_for_both_sides(tmp_path, monkeypatch):
    monkeypatch.setenv("QRY_SOCKET", f"unix:{tmp_path}/named.sock")
    process = subprocess.Popen(
        [PROGRAM, "--registry", ":memory:", "serve"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr.readline() == f"qry-host: listening on unix:{tmp_path}/named.sock\n"
        assert query(None) == []
        monkeypatch.delenv("QRY_SOCKET")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        os.symlink(tmp_path / "named.sock", tmp_path / "qry-host.sock")
        assert query(None) == []
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_is_kept_out_by_the_file_and_by_the_daemon(daemon):
    # Readable for that user up to the socket itself.
    for folder in (daemon.folder, *daemon.folder.parents[:-1]):
        if folder.stat().st_uid == os.geteuid() and "pytest" in str(folder):
            folder.chmod(0o711)
    script = """
    async def body():
        try:
            await qry_host.connect(address)
        except qry_host.Error as e:
            print(type(e).__name__, e)
    asyncio.run(body())
    """
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
    out, err = daemon.client(script, **as_nobody).communicate(timeout=20)
    assert out.startswith("PermissionDenied") and "belongs to another user" in out, err
    daemon.path.chmod(0o666)
    out, err = daemon.client(script, **as_nobody).communicate(timeout=20)
    assert out.startswith("PermissionDenied"), err
    assert f"the daemon runs as uid {os.geteuid()}" in out and f"uid {NOBODY}" in out
