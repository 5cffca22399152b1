"""A PostgreSQL behind the front that answers as Redshift does."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile

SUPPORT = pathlib.Path(os.environ["QRY_SOURCE"]) / "tests" / "support" / "redshift_server"


class Redshift:
    """start.sh in a shell of its own, which ends both servers when its input does."""

    user, password = "ada", "correct horse"

    def __init__(self, login: str):
        self._login = login

    def __enter__(self) -> Redshift:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qry-pytest-redshift-"))
        self.folder.chmod(0o755)
        script = f'source "{SUPPORT}/start.sh"; start_redshift "$1" "$2"; echo "port $redshift_port"; cat >/dev/null; stop_redshift'
        self._shell = subprocess.Popen(
            ["bash", "-c", script, "bash", str(self.folder), self._login],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for line in self._shell.stdout:
            if line.startswith("port "):
                self.port = int(line.split()[1])
                return self
        raise RuntimeError("the server did not start")

    def __exit__(self, *_: object) -> None:
        self._shell.stdin.close()
        self._shell.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    @property
    def params(self) -> dict[str, object]:
        return {"host": "localhost", "port": self.port, "database": "postgres", "sslrootcert": self.ca_file}
