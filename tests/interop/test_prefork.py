"""gunicorn and Celery: processes that fork after the import, with a daemon and with hosts of their own."""

import asyncio
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from daemon import Daemon, until

qry_host = pytest.importorskip("qry_host")

# Imported by the parent before it forks; each child makes a host for itself, at its first use.
APPLICATION = """
import asyncio, os, threading
import qry_host

class Answers:
    def __init__(self):
        self.loop = self.source = None

    async def open(self):
        way, where = os.environ["WAY"], os.environ["WHERE"]
        host = await (qry_host.connect(where) if way == "connect" else qry_host.open(where))
        self.source = await host.datasources.get("lite")

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def __call__(self, number):
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            threading.Thread(target=self.loop.run_forever, daemon=True).start()
            self.run(self.open())
        async def ask():
            return await (await self.source.execute("select $1 + 1", [number])).rows()
        return self.run(ask())[0][0]

answer = Answers()
"""
WEB = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    number = int(environ["PATH_INFO"].strip("/"))
    return [f"{os.getpid()} {answer(number)}".encode()]
"""
TASKS = """
from celery import Celery
app = Celery("tasks", broker="filesystem://", backend="file://" + os.environ["FOLDER"] + "/results")
app.conf.broker_transport_options = {
    "data_folder_in": os.environ["FOLDER"] + "/queue",
    "data_folder_out": os.environ["FOLDER"] + "/queue",
    "control_folder": os.environ["FOLDER"] + "/control",
}
app.conf.worker_prefetch_multiplier = 1

@app.task
def ask(number):
    return os.getpid(), answer(number)
"""


@pytest.fixture
def daemon(tmp_path):
    one = Daemon(tmp_path).start()

    async def prepare():
        async with qry_host.connect(one.address) as host:
            await one.lite(host)

    try:
        asyncio.run(prepare())
        yield one
    finally:
        one.end()


def environment(daemon, way, folder):
    where = daemon.address if way == "connect" else daemon.registry
    return {**os.environ, "WAY": way, "WHERE": where, "FOLDER": str(folder)}


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


@pytest.mark.parametrize("way", ["connect", "open"])
def test_gunicorn_with_a_preloaded_application(daemon, tmp_path, way):
    pytest.importorskip("gunicorn")
    (tmp_path / "web.py").write_text(APPLICATION + WEB)
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind",
         f"127.0.0.1:{port}", "web:app"],
        cwd=tmp_path, env=environment(daemon, way, tmp_path),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )

    def get(number):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{number}", timeout=30) as answer:
                pid, found = answer.read().split()
                return int(pid), int(found)
        except urllib.error.URLError:
            return None

    try:
        assert until(lambda: get(1), 20)
        answers = [get(number) for number in range(60)]
        assert [found for _, found in answers] == [number + 1 for number in range(60)]
    finally:
        stop(server)
    assert server.returncode == 0


@pytest.mark.parametrize("way", ["connect", "open"])
def test_celery_with_its_prefork_pool(daemon, tmp_path, way):
    pytest.importorskip("celery")
    (tmp_path / "tasks.py").write_text(APPLICATION + TASKS)
    for folder in ("queue", "control", "results"):
        (tmp_path / folder).mkdir()
    env = environment(daemon, way, tmp_path)
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "prefork",
         "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=tmp_path, env={**env, "C_FORCE_ROOT": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    ask = (
        "from tasks import ask\n"
        "waiting = [ask.delay(n) for n in range(20)]\n"
        "print(*[w.get(timeout=40)[1] for w in waiting])\n"
    )
    try:
        asked = subprocess.run(
            [sys.executable, "-c", ask], cwd=tmp_path, env=env, capture_output=True, text=True,
            timeout=120,
        )
        assert asked.stdout.split() == [str(n + 1) for n in range(20)], asked.stderr
    finally:
        stop(worker)
