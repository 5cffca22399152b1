"""Replies of a Trino that were recorded, given again over HTTP.

A recording is JSON: {"version": …, "statements": [{"sql": …, "replies": […], "values": …}]}. Replies are as the server
sent them, without the addresses: those are made here. Statements are known by their text.
"""

from __future__ import annotations

import http.server
import json
import pathlib
import threading


class Replay:
    def __init__(self, recording: pathlib.Path):
        self.recorded = json.loads(recording.read_text())
        self.stopped: list[int] = []
        # Statements are answered once so many wait for it.
        self.together: threading.Barrier | None = None
        statements = self.recorded["statements"]
        numbers = {s["sql"]: n for n, s in enumerate(statements)}
        replay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status: int, body: object = None) -> None:
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def reply(self, statement: int, number: int) -> None:
                replies = statements[statement]["replies"]
                body = dict(replies[number])
                if number + 1 < len(replies):
                    body["nextUri"] = f"{replay.url}/v1/statement/executing/{statement}/{number + 1}"
                self.answer(200, body)

            def do_POST(self) -> None:
                sql = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if replay.together is not None:
                    replay.together.wait(60)
                if sql in numbers:
                    return self.reply(numbers[sql], 0)
                return self.answer(400, {"not recorded": sql})

            def do_GET(self) -> None:
                if self.path == "/v1/info":
                    return self.answer(200, {"nodeVersion": {"version": replay.recorded["version"]}, "starting": False})
                *_, statement, number = self.path.split("/")
                return self.reply(int(statement), int(number))

            def do_DELETE(self) -> None:
                replay.stopped.append(int(self.path.split("/")[-2]))
                self.answer(204)

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 1024

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Replay:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
