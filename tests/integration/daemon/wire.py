"""Frames by hand, for a client that does not behave (host/src/wire/frame.hpp)."""

import socket
import struct

GREET, LIST, PING, BYE = 256, 259, 275, 276
WELCOME, LISTED, FAILED = 320, 322, 336
PROTOCOL = 1


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def frame(kind: int, payload: bytes = b"", channel: int = 0) -> bytes:
    return struct.pack("<IHHII", len(payload), kind, 0, channel, 0) + payload


def greeting(protocol: int = PROTOCOL, version: str = "9.9.9") -> bytes:
    return frame(GREET, struct.pack("<I", protocol) + text(version))


def connect(path) -> socket.socket:
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    one.settimeout(20)
    one.connect(str(path))
    return one


def read_exactly(one: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = one.recv(size - len(got))
        if not part:
            raise EOFError(got)
        got += part
    return got


def read_frame(one: socket.socket) -> tuple[int, int, bytes]:
    """(type, channel, payload)"""
    length, kind, _, channel, _ = struct.unpack("<IHHII", read_exactly(one, 16))
    return kind, channel, read_exactly(one, length)


def hung_up(one: socket.socket) -> bool:
    """Reads until the other side has closed the connection."""
    try:
        while one.recv(1 << 20):
            pass
    except ConnectionResetError:
        pass
    return True
