"""Messages of the frontend/backend protocol, version 3."""

import asyncio
import struct


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def error(severity: str, sqlstate: str, text: str) -> bytes:
    fields = ((b"S", severity), (b"C", sqlstate), (b"M", text))
    return message(b"E", b"".join(k + v.encode() + b"\0" for k, v in fields) + b"\0")


async def read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    return kind, await reader.readexactly(length - 4)
