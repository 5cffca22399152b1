"""A PostgreSQL server for one test run, in a temporary folder, on a free port."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

NOBODY = 65534


def _binaries() -> pathlib.Path | None:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    password = "correct horse"

    @staticmethod
    def available() -> bool:
        return _binaries() is not None

    def __enter__(self) -> Postgres:
        self._bin = _binaries()
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="qry-pytest-pg-"))
        self._data = self._folder / "data"
        self.port = _free_port()
        # It refuses to run as root.
        self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
        if self._user:
            os.chown(self._folder, NOBODY, NOBODY)
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o644)
        self._run(
            "initdb", "-D", self._data, "-U", "qry", "-A", "scram-sha-256", "-N",
            "--pwfile", password_file, "--locale=C.UTF-8", "-E", "UTF8",
        )
        options = (
            f"-p {self.port} -h 127.0.0.1 -k '' -c fsync=off -c max_connections=60 "
            "-c shared_buffers=32MB"
        )
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", self._folder / "log", "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [str(self._bin / program), *map(str, arguments)],
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **self._user,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stdout}")

    @property
    def params(self) -> dict[str, object]:
        return {"host": "127.0.0.1", "port": self.port, "dbname": "postgres", "user": "qry"}

    @property
    def secrets(self) -> dict[str, str]:
        return {"password": self.password}

    def psql(self, sql: str) -> str:
        """The answer of the server by another way than ours."""
        return subprocess.run(
            [
                str(self._bin / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "qry",
                "-d", "postgres", "-XAtc", sql,
            ],
            env={"PATH": os.environ["PATH"], "PGPASSWORD": self.password},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def active(self, marker: str) -> int:
        """How many queries with this text run at the moment."""
        return int(
            self.psql(
                "select count(*) from pg_stat_activity where state = 'active' "
                f"and pid <> pg_backend_pid() and query like '%{marker}%'"
            )
        )
