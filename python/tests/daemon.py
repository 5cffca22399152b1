"""A qry-host daemon for one test, on a socket and a registry in a temporary folder."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import qry_host

PROGRAM = pathlib.Path(os.environ["QRY_BUILD"]).resolve() / "bin" / "qry-host"
# Runs until somebody stops it.
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


def until(condition, seconds=10.0):
    """Waits for what another process does; what the condition gave last."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


async def rest(result) -> list:
    """What is left of a result that was begun."""
    batches = []
    try:
        while True:
            batches.append(await anext(result))
    except StopAsyncIteration:
        return batches


class Daemon:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.path = folder / "d.sock"
        self.address = f"unix:{self.path}"
        self.registry = str(folder / "registry.db")
        self.log = folder / "daemon.log"
        self.process: subprocess.Popen | None = None

    def launch(self, *options: str, command=(), environment=None, **popen) -> subprocess.Popen:
        """Starts a daemon and does not wait for it."""
        listen = () if "--listen" in options else ("--listen", self.address)
        return subprocess.Popen(
            [*command, str(PROGRAM), "--registry", self.registry, "serve", *listen, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("a"),
            env={**os.environ, **(environment or {})},
            **popen,
        )

    def start(self, *options: str, **how) -> Daemon:
        # What an earlier one said does not count.
        before = len(self.said())
        self.process = self.launch(*options, **how)
        said = f"listening on {self.address}"
        assert until(lambda: said in self.said()[before:] or self.process.poll() is not None), self.said()
        assert self.process.poll() is None, self.said()
        return self

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self, how: int = signal.SIGTERM, seconds: float = 20) -> tuple[int, float]:
        """(exit status, seconds it took)."""
        begun = time.monotonic()
        self.process.send_signal(how)
        status = self.process.wait(seconds)
        return status, time.monotonic() - begun

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    async def lite(self, host: qry_host.Host, name: str = "lite", **create) -> qry_host.Datasource:
        """An SQLite datasource of the daemon's."""
        params = {"path": str(self.folder / f"{name}.db"), "mode": "rwc"}
        return await host.datasources.create(name, driver="sqlite", params=params, **create)

    def client(self, script: str, *arguments: object, **popen) -> subprocess.Popen:
        """Another program that is connected: ``address`` names the daemon in it."""
        before = "import asyncio, os, sys\nimport qry_host\naddress = sys.argv[1]\n"
        return subprocess.Popen(
            [sys.executable, "-c", before + textwrap.dedent(script), self.address,
             *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
