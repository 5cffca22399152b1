"""A web service with tables, for trying the plugin; its address is printed.

    python3 demo_service.py [--port PORT] [--token TOKEN]

GET /tables lists them; GET /tables/NAME/rows gives a page of rows and the path of the next one.
"""

import argparse
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ALL_TYPES = ["integer", "number", "boolean", "text", "date", "time"]
PAGE = 10_000


def of_values():
    return [
        [-(2**63), 0.5, True, "Grüße", "2024-02-29", "2024-02-29T12:34:56.789Z"],
        [None] * len(ALL_TYPES),
    ]


def of_numbers(count):
    return [[n, f"row {n}"] for n in range(1, count + 1)]


TABLES = {
    "cities": (
        [("name", "text"), ("people", "integer"), ("capital", "boolean")],
        [["Lisbon", 545_796, True], ["Porto", 248_769, False], ["Praia", 159_050, True]],
    ),
    "one": ([("one", "integer")], [[1]]),
    "values": ([(t, t) for t in ALL_TYPES], of_values()),
    "numbers": ([("n", "integer"), ("t", "text")], of_numbers(120_000)),
    # Its rows come when the service is closed.
    "slow": ([("n", "integer")], [[1]]),
}
closing = threading.Event()


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    token = None

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.token and self.headers["Authorization"] != f"Bearer {self.token}":
            return self.answer(401, {})
        url = urllib.parse.urlsplit(self.path)
        match url.path.split("/")[1:]:
            case ["tables"]:
                return self.answer(200, {"tables": [
                    {"name": name, "columns": [{"name": n, "type": t} for n, t in columns]}
                    for name, (columns, _) in TABLES.items()
                ]})
            case ["tables", name, "rows"] if name in TABLES:
                if name == "slow":
                    closing.wait()
                first = int(dict(urllib.parse.parse_qsl(url.query)).get("from", 0))
                rows = TABLES[name][1]
                more = first + PAGE < len(rows)
                return self.answer(200, {
                    "rows": rows[first:first + PAGE],
                    "next": f"{url.path}?from={first + PAGE}" if more else None,
                })
        return self.answer(404, {})

    def log_message(self, *_):
        pass


def serve(port=0, token=None):
    """A server and its address; serve_forever() is the caller's."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", port), type("Handler", (Service,), {"token": token})
    )
    return server, f"http://127.0.0.1:{server.server_port}"


def run_against(command):
    """Runs it while a service is up; the parameter file that it names gets that service's address."""
    server, url = serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    named = command.index("--params") + 1
    about = json.loads(pathlib.Path(command[named]).read_text())
    about["params"]["url"] = url
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(about, file)
        file.flush()
        done = subprocess.run([*command[:named], file.name, *command[named + 1:]])
    closing.set()
    server.shutdown()
    return done.returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--token")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="WORD",
                        help="a command to run against a service of its own; ends as it does")
    options = parser.parse_args()
    if options.run:
        sys.exit(run_against(options.run))
    started, url = serve(options.port, options.token)
    print(url, flush=True)
    started.serve_forever()
