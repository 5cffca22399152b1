"""One query by our driver and by Trino's own client."""

import asyncio
import os

import pytest
import trino

import qry_host

from trino_server import Unavailable

# The servers of a test are on loopback, which a driver may connect to only where the operator says so.
os.environ["QRY_EGRESS_ALLOW"] = "127.0.0.0/8"


def require(what):
    """Enters it; what cannot be had is skipped by name, or fails where peers are required."""
    try:
        return what.__enter__()
    except Unavailable as e:
        if os.environ.get("QRY_REQUIRE_PEERS") == "1":
            raise
        pytest.skip(f"Trino: {e}")


class Client:
    """Our driver; a host of its own for each call, so that nothing is shared between tests."""

    def __init__(self, params, secrets=None, **options):
        self.params = {k: str(v) for k, v in params.items()}
        self.secrets = secrets or {}
        self.options = options

    def run(self, body):
        """`body` is an async function of the datasource."""
        return self.run_in_host(lambda host, source: body(source))

    def run_in_host(self, body):
        """`body` is an async function of the host and the datasource."""
        async def main():
            async with qry_host.open(":memory:", jwt_secret_key="k") as host:
                source = await host.datasources.create(
                    "lake", driver="trino", params=self.params, secrets=self.secrets, **self.options
                )
                return await body(host, source)

        return asyncio.run(main())

    def rows(self, sql, args=(), **options):
        async def body(source):
            return await (await source.execute(sql, args, **options)).rows()

        return self.run(body)

    def fails(self, sql, args=(), **options):
        """The error that it must end with."""
        with pytest.raises(qry_host.Error) as caught:
            self.rows(sql, args, **options)
        return caught.value


def vendor_connection(server, **options):
    return trino.dbapi.connect(
        host="127.0.0.1", port=server.port, user=server.user, http_scheme="http", **options
    )
