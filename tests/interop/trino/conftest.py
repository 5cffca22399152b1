"""A real Trino, and one query by our driver and by Trino's own client."""

import pytest

from clients import Client, require, vendor_connection
from kerberos_realm import Realm
from trino_server import Trino


@pytest.fixture(scope="session")
def realm():
    started = require(Realm())
    yield started
    started.__exit__()


@pytest.fixture(scope="session")
def server(realm):
    started = require(Trino(realm=realm))
    yield started
    started.__exit__()


@pytest.fixture(scope="session")
def ours(server):
    return Client(server.plain)


@pytest.fixture(scope="session")
def theirs(server):
    """A query by the `trino` package: its rows, values as Python's."""
    def rows(sql, params=None):
        with vendor_connection(server) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, params)
            return [tuple(row) for row in cursor.fetchall()]

    return rows
