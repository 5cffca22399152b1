"""1.5M rows of a real Trino: by our driver into Arrow, and its pages downloaded and thrown away.

    trino_download.py [ROUNDS]

Both ask the same server for the same statement, in turn, without compression and with it. Wall clock and
this process's CPU; medians. The server makes each page on the CPUs that the reader needs too, so the
ratio matters, not the times.
"""

import asyncio
import gzip
import http.client
import json
import os
import pathlib
import statistics
import sys
import time
import urllib.parse

INTEROP = pathlib.Path(__file__).parents[1] / "interop"
sys.path[:0] = [str(INTEROP / "trino"), str(INTEROP)]
from trino_server import Trino  # noqa: E402

SQL = "select * from tpch.sf1.orders"
ROWS = 1_500_000


def headers(packed):
    """What makes a page: the driver asks for the same."""
    return {
        "X-Trino-User": "ada", "Content-Type": "text/plain", "Accept-Encoding": "gzip" if packed else "identity",
        "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    }


def clocks():
    return time.perf_counter(), time.process_time()


async def ours(port, packed):
    import qry_host

    async with qry_host.open(":memory:", jwt_secret_key="k", isolation="inline") as host:
        params = {
            "host": "127.0.0.1", "port": str(port), "http_scheme": "http", "user": "ada",
            "disableCompression": "false" if packed else "true",
        }
        source = await host.datasources.create("lake", driver="trino", params=params)
        await (await source.execute("select 1")).read_all()
        begun = clocks()
        table = await (await source.execute(SQL, timeout=600)).to_arrow()
        took = [b - a for a, b in zip(begun, clocks())]
        assert table.num_rows == ROWS
        return took


def download(port, packed):
    """Bytes are read and let go; of each page only the address of the next is looked for."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun, size = clocks(), 0
    connection.request("POST", "/v1/statement", SQL, headers(packed))
    while True:
        answer = connection.getresponse()
        body = answer.read()
        size += len(body)
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        at = body.find(b'"nextUri":"')
        if at < 0:
            break
        uri = urllib.parse.urlsplit(body[at + 11: body.index(b'"', at + 11)].decode())
        connection.request("GET", uri.path, headers=headers(packed))
    last = json.loads(body)
    assert last["stats"]["state"] == "FINISHED", last.get("error", last["stats"])
    return [b - a for a, b in zip(begun, clocks())], size


def compare(port, rounds, packed):
    mine, plain = [], []
    # The first rounds warm the server's compiler up.
    for _ in range(rounds + 2):
        plain.append(download(port, packed))
        mine.append(asyncio.run(ours(port, packed)))
    size = plain[-1][1]
    mine, plain = mine[2:], [took for took, _ in plain[2:]]
    print("gzip:" if packed else "not compressed:")
    for name, took in (("qry, into Arrow", mine), ("plain download", plain)):
        wall, cpu = (statistics.median(t[i] for t in took) for i in (0, 1))
        print(f"  {name}: {wall:.2f} s, CPU {cpu:.2f} s, {size / 1e6:.0f} MB, {ROWS} rows")
    q = statistics.quantiles([a[0] / b[0] for a, b in zip(mine, plain)], n=4)
    print(f"  time against a plain download: {q[1]:.2f} ({q[0]:.2f}-{q[2]:.2f})", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    os.environ["QRY_EGRESS_ALLOW"] = "127.0.0.0/8"
    with Trino() as server:
        compare(server.port, rounds, packed=False)
        compare(server.port, rounds, packed=True)


if __name__ == "__main__":
    main()
