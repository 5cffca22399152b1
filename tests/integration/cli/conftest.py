"""The qry-host command of the build in $QRY_BUILD, on a registry of its own for each test."""

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ["QRY_BUILD"])
KEY = "a key for tests"


class Command:
    """Runs qry-host; each call gives the finished process."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.program = str(BUILD / "bin" / "qry-host")
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "QRY_REGISTRY": str(folder / "registry.db"),
            "QRY_PLUGIN_PATH": str(BUILD / "lib" / "qry" / "plugins"),
            "JWT_SECRET_KEY": KEY,
        }

    def __call__(self, *args, stdin: str = "", **env) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.program, *args],
            input=stdin,
            env={**self.env, **env},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, *args) -> subprocess.Popen:
        return subprocess.Popen(
            [self.program, *args],
            env=self.env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def qry(tmp_path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def shop_file(tmp_path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as db:
        db.executescript(
            """
            create table customers (id integer primary key, name text not null);
            create table orders (
                id integer primary key,
                customer_id integer not null references customers (id),
                total numeric,
                note text
            );
            insert into customers values (1, 'Ada'), (2, 'Grace');
            insert into orders values (1, 1, 12.5, null), (2, 2, 7, 'a, "b"'), (3, 1, 1, '');
            """
        )
    db.close()
    return path


@pytest.fixture
def shop(qry, shop_file) -> Command:
    """With the datasource 'shop' added."""
    added = qry("datasource", "add", "shop", "--driver", "sqlite", "-p", f"path={shop_file}")
    assert added.returncode == 0, added.stderr
    return qry
