#!/usr/bin/env python3
"""A front before a real PostgreSQL that logs in and answers as Amazon Redshift does. See README.md.

    redshift_server.py --backend PORT --user NAME --password-file FILE --login digest [--tls PEM] [--log FILE]

Prints "listening on PORT" once it does. Every session is a session of the PostgreSQL, which trusts it.
"""

import argparse
import asyncio
import json
import pathlib
import re
import ssl
import struct

import login
from wire import error, message, read_message

SSL_REQUEST, CANCEL_REQUEST, PROTOCOL_3 = 80877103, 80877102, 196608

# Types that PostgreSQL does not have, by the name in catalog.sql; OIDs of redshift_connector 2.2.
TYPES = {"super": 4000, "varbyte": 6551, "geometry": 3000, "intervaly2m": 1188, "intervald2s": 1190}

# Statements that Redshift does not know; the real server refuses what they are replaced by.
UNKNOWN = re.compile(rb"\b(DISCARD|UNLISTEN|LISTEN|CLOSE\s+ALL|DEALLOCATE\s+ALL)\b|pg_advisory_|format_type", re.I)

# Start-up parameters that PostgreSQL takes; the others are Redshift's.
PASSED_ON = {"client_encoding", "application_name", "database"}


class Session:
    def __init__(self, options, client_reader, client_writer):
        self.options = options
        self.reader, self.writer = client_reader, client_writer
        self.types: dict[int, int] = {}

    async def run(self) -> None:
        parameters = await self.start()
        if parameters is None:
            return
        self.log({"startup": parameters})
        who = await login.METHODS[self.options.login](self, parameters)
        if who is None:
            return
        backend_reader, backend_writer = await asyncio.open_connection("127.0.0.1", self.options.backend)
        try:
            await self.open_backend(backend_reader, backend_writer, parameters)
            await self.relay(backend_reader, backend_writer)
        finally:
            backend_writer.close()

    def log(self, what: dict) -> None:
        if self.options.log:
            with open(self.options.log, "a", encoding="utf-8") as f:
                f.write(json.dumps(what) + "\n")

    async def start(self) -> dict[str, str] | None:
        """The start-up parameters; None when there is no session."""
        while True:
            (length,) = struct.unpack("!i", await self.reader.readexactly(4))
            body = await self.reader.readexactly(length - 4)
            (code,) = struct.unpack("!i", body[:4])
            if code == SSL_REQUEST:
                self.writer.write(b"S" if self.options.tls else b"N")
                if self.options.tls:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(self.options.tls)
                    await self.writer.start_tls(context)
            elif code == CANCEL_REQUEST:
                self.log({"cancel": True})
                _, backend = await asyncio.open_connection("127.0.0.1", self.options.backend)
                backend.write(struct.pack("!i", length) + body)
                await backend.drain()
                # The server closes once it has sent the signal, and so does this.
                await asyncio.wait_for(_.read(), 5)
                backend.close()
                return None
            elif code == PROTOCOL_3:
                words = body[4:].rstrip(b"\0").split(b"\0")
                return {k.decode(): v.decode() for k, v in zip(words[::2], words[1::2])}
            else:
                self.writer.write(error("FATAL", "08P01", f"unsupported frontend protocol {code}"))
                return None

    async def open_backend(self, reader, writer, parameters) -> None:
        passed = {"user": self.options.backend_user, **{k: v for k, v in parameters.items() if k in PASSED_ON}}
        body = struct.pack("!i", PROTOCOL_3)
        body += b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in passed.items()) + b"\0"
        writer.write(struct.pack("!i", len(body) + 4) + body)
        started = message(b"R", struct.pack("!i", 0))
        asked = False
        while True:
            kind, body = await read_message(reader)
            if kind == b"E":
                self.writer.write(message(kind, body))
                await self.writer.drain()
                raise ConnectionError("the backend refused")
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = b"server_version\0008.0.2\0"
            if kind in (b"S", b"K"):
                started += message(kind, body)
            if kind == b"D":
                name_length = struct.unpack("!i", body[2:6])[0]
                name = body[6:6 + name_length].decode()
                self.types[int(body[10 + name_length:])] = TYPES[name]
            if kind == b"Z":
                if asked:
                    break
                asked = True
                names = ", ".join(f"'{n}'" for n in TYPES)
                sql = f"select typname, oid from pg_type where typname in ({names})"
                writer.write(message(b"Q", sql.encode() + b"\0"))
        started += message(b"S", b"server_protocol_version\0000\0") + message(b"Z", b"I")
        self.writer.write(started)
        await self.writer.drain()

    async def relay(self, backend_reader, backend_writer) -> None:
        async def forth() -> None:
            while True:
                kind, body = await read_message(self.reader)
                if kind in (b"Q", b"P") and UNKNOWN.search(body):
                    found = UNKNOWN.search(body)[0]
                    self.log({"refused": found.decode()})
                    body = body.replace(found, b"not_known_to_redshift(")
                backend_writer.write(message(kind, body))
                await backend_writer.drain()
                if kind == b"X":
                    return

        async def back() -> None:
            # Many rows at a time: only descriptions of rows are looked at.
            rest = b""
            while data := await backend_reader.read(1 << 16):
                rest, at = rest + data, 0
                whole = []
                while len(rest) - at >= 5:
                    end = at + 1 + struct.unpack_from("!i", rest, at + 1)[0]
                    if end > len(rest):
                        break
                    kind = rest[at:at + 1]
                    whole.append(message(kind, self.as_redshift(rest[at + 5:end])) if kind == b"T" else rest[at:end])
                    at = end
                rest = rest[at:]
                if self.writer.is_closing():
                    return
                self.writer.write(b"".join(whole))
                await self.writer.drain()

        tasks = [asyncio.create_task(forth()), asyncio.create_task(back())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def as_redshift(self, body: bytes) -> bytes:
        """A RowDescription with the types that Redshift has."""
        out, at = bytearray(body), 2
        for _ in range(struct.unpack("!h", body[:2])[0]):
            at = body.index(b"\0", at) + 1
            (oid,) = struct.unpack("!i", body[at + 6:at + 10])
            struct.pack_into("!i", out, at + 6, self.types.get(oid, oid))
            at += 18
        return bytes(out)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", type=int, required=True)
    parser.add_argument("--backend-user", default="qry")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=pathlib.Path, required=True)
    parser.add_argument("--login", choices=login.METHODS, default="digest")
    parser.add_argument("--tls")
    parser.add_argument("--log")
    options = parser.parse_args()
    options.password = options.password_file.read_text().encode()

    async def serve(reader, writer) -> None:
        try:
            await Session(options, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.TimeoutError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
