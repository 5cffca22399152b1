"""Trino's pages replayed over HTTP: rows into Arrow by our driver, into Python by the `trino` package.

    trino_pages.py [ROUNDS]

The server is a process of its own that sends bytes made once. Wall clock and this process's CPU; medians.
"""

import asyncio
import http.server
import json
import multiprocessing
import os
import statistics
import sys
import time

PAGES, ROWS = 40, 7500
TYPES = {
    "orderkey": "bigint", "custkey": "bigint", "orderstatus": "varchar(1)", "totalprice": "double", "orderdate": "date",
    "orderpriority": "varchar(15)", "clerk": "varchar(15)", "shippriority": "integer", "comment": "varchar(79)",
}


def signature(text):
    base, _, rest = text.partition("(")
    arguments = [{"kind": "LONG", "value": int(rest[:-1])}] if rest else []
    return {"rawType": base, "arguments": arguments}


def page(number, base):
    rows = [
        [
            n * 7 + 1, n * 31 % 150000, "O", 100000.25 + n % 90000, f"199{n % 8}-0{1 + n % 9}-1{n % 9}", "5-LOW",
            f"Clerk#00000{n % 1000:04}", 0, "nstructions sleep furiously among the special requests; final deposits"[: 20 + n % 50],
        ]
        for n in range(number * ROWS, (number + 1) * ROWS)
    ]
    columns = [{"name": n, "type": t, "typeSignature": signature(t)} for n, t in TYPES.items()]
    body = {
        "id": "20240229_1", "infoUri": base, "columns": columns, "data": rows, "warnings": [],
        "stats": {"state": "RUNNING", "queued": False, "scheduled": True, "nodes": 1, "totalSplits": 1},
    }
    if number + 1 < PAGES:
        body["nextUri"] = f"{base}/v1/statement/executing/q/{number + 1}"
    return json.dumps(body, separators=(",", ":")).encode()


def serve(pipe):
    class Replay(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(pages[0])

        def do_GET(self):
            if self.path == "/v1/info":
                return self.answer(b'{"nodeVersion":{"version":"476"},"starting":false}')
            return self.answer(pages[int(self.path.rpartition("/")[2])])

        def do_DELETE(self):
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    base = f"http://127.0.0.1:{server.server_port}"
    pages = [page(n, base) for n in range(PAGES)]
    pipe.send((server.server_port, sum(map(len, pages))))
    server.serve_forever()


async def ours(port):
    import qry_host

    async with qry_host.open(":memory:", jwt_secret_key="k", isolation="inline") as host:
        params = {"host": "127.0.0.1", "port": str(port), "http_scheme": "http", "user": "ada"}
        source = await host.datasources.create("lake", driver="trino", params=params)
        await (await source.execute("select 1", limit=1)).read_all()
        begun = time.perf_counter(), time.process_time()
        table = await (await source.execute("select * from orders")).to_arrow()
        took = time.perf_counter() - begun[0], time.process_time() - begun[1]
        assert table.num_rows == PAGES * ROWS
        return took


def theirs(port):
    import trino

    connection = trino.dbapi.connect(host="127.0.0.1", port=port, user="ada", http_scheme="http")
    cursor = connection.cursor()
    begun = time.perf_counter(), time.process_time()
    cursor.execute("select * from orders")
    assert len(cursor.fetchall()) == PAGES * ROWS
    return time.perf_counter() - begun[0], time.process_time() - begun[1]


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    os.environ["QRY_EGRESS_ALLOW"] = "127.0.0.0/8"
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(far,), daemon=True)
    process.start()
    port, size = near.recv()
    mine, other = [], []
    for _ in range(rounds + 1):
        mine.append(asyncio.run(ours(port)))
        other.append(theirs(port))
    mine, other = mine[1:], other[1:]  # the first warms up
    for name, took in (("qry, into Arrow", mine), ("trino package, into rows", other)):
        wall, cpu = (statistics.median(t[i] for t in took) for i in (0, 1))
        print(f"{name}: {wall * 1e3:.0f} ms, CPU {cpu * 1e3:.0f} ms, {size / 1e6:.1f} MB, {PAGES * ROWS} rows")
    ratio = [b[0] / a[0] for a, b in zip(mine, other)]
    q = statistics.quantiles(ratio, n=4)
    print(f"times as fast: {statistics.median(ratio):.1f} ({q[0]:.1f}-{q[2]:.1f})")
    process.terminate()


if __name__ == "__main__":
    main()
