"""moto, which answers as Amazon's services do, in a process of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


class Unavailable(Exception):
    """What cannot be had here, and why."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Moto:
    def __enter__(self) -> Moto:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._folder = tempfile.mkdtemp(prefix="qry-pytest-moto-")
        self._log = open(f"{self._folder}/log", "wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5).close()
                return self
            except (urllib.error.URLError, OSError):
                if time.monotonic() > give_up:
                    self.__exit__()
                    raise
                time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)
