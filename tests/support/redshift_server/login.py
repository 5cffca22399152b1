"""How Redshift asks who is there. Source: what redshift_connector 2.2 answers, message by message."""

import hashlib
import os
import struct

from wire import error, message, read_message


async def _refuse(session, user: str) -> None:
    session.writer.write(error("FATAL", "28000", f'password authentication failed for user "{user}"'))
    await session.writer.drain()


async def _ask(session, code: int, body: bytes = b"") -> tuple[bytes, bytes]:
    session.writer.write(message(b"R", struct.pack("!i", code) + body))
    await session.writer.drain()
    return await read_message(session.reader)


def _known(session, parameters) -> bool:
    return parameters.get("user") == session.options.user


async def trust(session, parameters):
    return parameters.get("user")


async def plain(session, parameters):
    kind, body = await _ask(session, 3)
    if kind == b"p" and body == session.options.password + b"\0" and _known(session, parameters):
        return parameters["user"]
    return await _refuse(session, parameters.get("user", ""))


async def md5(session, parameters):
    salt = os.urandom(4)
    kind, body = await _ask(session, 5, salt)
    inner = hashlib.md5(session.options.password + session.options.user.encode()).hexdigest()
    expected = b"md5" + hashlib.md5(inner.encode() + salt).hexdigest().encode() + b"\0"
    if kind == b"p" and body == expected and _known(session, parameters):
        return parameters["user"]
    return await _refuse(session, parameters.get("user", ""))


async def digest(session, parameters):
    """13: algorithm 0 (SHA-256), salt, nonce; the answer is a message 'd' with the proof and the client's nonce."""
    salt, nonce = os.urandom(16), os.urandom(16)
    asked = struct.pack("!i", 0) + struct.pack("!i", len(salt)) + salt + struct.pack("!i", len(nonce)) + nonce
    kind, body = await _ask(session, 13, asked)
    if kind == b"d":
        (size,) = struct.unpack("!i", body[:4])
        proof = body[4:4 + size]
        (nonce_size,) = struct.unpack("!i", body[4 + size:8 + size])
        theirs = body[8 + size:]
        inner = hashlib.sha256(session.options.password + salt).digest()
        right = proof == hashlib.sha256(inner + nonce + theirs).digest() and len(theirs) == nonce_size > 0
        if right and _known(session, parameters):
            return parameters["user"]
    return await _refuse(session, parameters.get("user", ""))


async def token(session, parameters):
    """14: the token of an identity provider, in a message 'i', without a NUL."""
    kind, body = await _ask(session, 14)
    if kind == b"i" and body == session.options.password and parameters.get("idp_type") == "AwsIdc":
        return parameters.get("user", "")
    return await _refuse(session, parameters.get("user", ""))


METHODS = {"trust": trust, "plain": plain, "md5": md5, "digest": digest, "token": token}
