"""Fixtures: the built package, a host with a registry of its own, SQLite and PostgreSQL behind it.

QRY_BUILD names the build folder; the plugins and the package are taken from it.
"""

from __future__ import annotations

import asyncio
import os
import pathlib
import sys

import pytest

BUILD = os.environ.get("QRY_BUILD")
if not BUILD:
    raise pytest.UsageError("set QRY_BUILD to the build folder, e.g. build/release")
PACKAGE = str(pathlib.Path(BUILD).resolve() / "lib/python3/dist-packages")
PLUGINS = str(pathlib.Path(BUILD).resolve() / "lib/qry/plugins")
sys.path.insert(0, PACKAGE)
sys.path.insert(0, str(pathlib.Path(__file__).parent))
os.environ["QRY_PLUGIN_PATH"] = PLUGINS
os.environ["PYTHONPATH"] = PACKAGE
os.environ.setdefault("JWT_SECRET_KEY", "key-of-the-tests")

from daemon import Daemon  # noqa: E402
from postgres import Postgres  # noqa: E402

import qry_host  # noqa: E402


@pytest.fixture
def run():
    """Runs a coroutine on a loop of its own."""
    return asyncio.run


@pytest.fixture
def registry(tmp_path):
    return str(tmp_path / "qry.db")


@pytest.fixture(scope="session")
def postgres():
    if not Postgres.available():
        pytest.skip("no PostgreSQL server at /usr/lib/postgresql")
    with Postgres() as server:
        yield server


@pytest.fixture
def daemon(tmp_path):
    """A running ``qry-host serve``."""
    one = Daemon(tmp_path)
    try:
        yield one.start()
    finally:
        one.end()


@pytest.fixture
def with_sqlite(registry, tmp_path):
    """with_sqlite(test): runs ``await test(datasource)`` on a new SQLite file."""

    def call(test, **create):
        async def body():
            async with qry_host.open(registry) as host:
                path = str(tmp_path / "data.db")
                made = await host.datasources.create(
                    "lite", driver="sqlite", params={"path": path, "mode": "rwc"}, **create
                )
                return await test(made)

        return asyncio.run(body())

    return call


@pytest.fixture
def with_postgres(registry, postgres):
    def call(test, **create):
        async def body():
            async with qry_host.open(registry) as host:
                made = await host.datasources.create(
                    "pg",
                    driver="postgresql",
                    params=postgres.params,
                    secrets=postgres.secrets,
                    **create,
                )
                return await test(made)

        return asyncio.run(body())

    return call
