"""Results that a real Trino leaves in an object store, in its three ways of handing them out."""

import time
import urllib.request

import pyarrow
import pytest

from clients import Client, require, vendor_connection
from moto_server import Moto
from trino_server import Trino

# Several segments.
QUERY = "select orderkey, totalprice, orderdate, comment from tpch.sf1.orders where orderkey < 300000 order by orderkey"
LEAST_ROWS = 70_000
# Not a form, for which the store would be another service.
XML = {"Content-Type": "application/xml"}


class Store(Moto):
    """An S3 with one bucket, which remembers what was deleted from it."""

    def __enter__(self):
        super().__enter__()
        for path, body in (
            ("spooling", None),
            ("spooling?versioning", b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
        ):
            asked = urllib.request.Request(f"{self.url}/{path}", data=body, method="PUT", headers=XML)
            urllib.request.urlopen(asked, timeout=30).close()
        return self

    def ever(self):
        """How many segments were put into it. A reader may take one away before anybody looks."""
        with urllib.request.urlopen(f"{self.url}/spooling?versions", timeout=5) as answer:
            return answer.read().count(b"<Version>")

    def objects(self):
        """How many segments lie in it."""
        with urllib.request.urlopen(f"{self.url}/spooling?list-type=2", timeout=5) as answer:
            return answer.read().count(b"<Key>")


@pytest.fixture(scope="module", params=[
    ("STORAGE", "true"), ("COORDINATOR_PROXY", "false"), ("COORDINATOR_STORAGE_REDIRECT", "false"),
], ids=lambda p: f"{p[0]}-encrypted={p[1]}")
def spooling(request):
    mode, encryption = request.param
    with Store() as store:
        server = require(Trino({"mode": mode, "encryption": encryption, "endpoint": store.url}))
        yield server, store
        server.__exit__()


@pytest.fixture(scope="module")
def other_rows(spooling):
    """By Trino's own client."""
    with vendor_connection(spooling[0], encoding="json+zstd") as connection:
        cursor = connection.cursor()
        cursor.execute(QUERY)
        rows = [tuple(row) for row in cursor.fetchall()]
    assert len(rows) >= LEAST_ROWS
    return rows


@pytest.mark.parametrize("encoding", ["json+zstd", "json+lz4", "json"])
def test_spooled_rows_are_those_of_trinos_own_client(spooling, other_rows, encoding):
    server, store = spooling
    before = store.ever()

    async def body(source):
        return [batch async for batch in await source.execute(QUERY, timeout=120)]

    client = Client({**server.plain, "encoding": encoding})
    batches = [pyarrow.record_batch(b) for b in client.run(body)]
    mine = list(zip(*(c.to_pylist() for c in pyarrow.Table.from_batches(batches).columns), strict=True))
    assert mine == other_rows
    assert store.ever() > before, "the server did not spool"


def test_what_was_read_is_taken_away(spooling):
    server, store = spooling
    before = store.objects()
    assert len(Client(server.plain).rows(QUERY, timeout=120)) >= LEAST_ROWS
    give_up = time.monotonic() + 10
    while store.objects() > before and time.monotonic() < give_up:
        time.sleep(0.05)
    assert store.objects() <= before


def test_a_half_read_result_does_not_disturb_the_next(spooling):
    server, _ = spooling

    async def body(source):
        async with await source.execute(QUERY) as result:
            async for _ in result:
                break
        return await (await source.execute("select 7")).rows()

    assert Client(server.plain).run(body) == [(7,)]
