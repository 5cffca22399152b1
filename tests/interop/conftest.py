"""A PostgreSQL of the run's own, as keyword arguments that psycopg takes."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(os.environ["QRY_SOURCE"]) / "python" / "tests"))

from postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    # Its absence fails here: tests/run.sh installs it.
    with Postgres() as server:
        yield {**server.params, **server.secrets}
