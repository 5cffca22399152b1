"""A PostgreSQL of the run's own, as keyword arguments that psycopg takes."""

import os
import pathlib
import sys

import pytest

SOURCE = pathlib.Path(os.environ["QRY_SOURCE"])
sys.path[:0] = [str(SOURCE / "python" / "tests"), str(SOURCE / "tests" / "support" / "redshift_server")]

from postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    # Its absence fails here: tests/run.sh installs it.
    with Postgres() as server:
        yield {**server.params, **server.secrets}
