"""The errors of qry_host, in one tree. All of them can be pickled."""

from __future__ import annotations

from typing import Any, Mapping, Optional


class Error(Exception):
    """What went wrong, and what to do about it.

    ``str(error)`` is one sentence. The rest is in attributes, None where it is not known:
    ``hint`` (the next thing to try), ``detail`` (the server's longer explanation), ``sqlstate``,
    ``vendor_code``, ``position`` (in characters of the statement, from 1), ``datasource``.
    ``origin`` is "host", "plugin" or "server"; ``retryable`` says that the same call may succeed
    when simply made again.
    """

    hint: Optional[str] = None
    detail: Optional[str] = None
    sqlstate: Optional[str] = None
    vendor_code: Optional[int] = None
    position: Optional[int] = None
    origin: str = "host"
    retryable: bool = False
    datasource: Optional[str] = None

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            setattr(self, name, value)
        if self.hint:
            # Shown under the message in a traceback, without becoming part of it.
            self.add_note(f"hint: {self.hint}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self.args, self.__dict__.copy()))


class ConnectionFailed(Error):
    """The server could not be reached, or the connection broke."""


class AuthenticationFailed(Error):
    """The server refused who we are."""


class TlsFailed(Error):
    """No TLS, or a certificate that does not verify."""


class QueryError(Error):
    """The server, or the driver, refused the statement."""


class QueryTimeout(Error):
    """The time limit passed. ``limit`` and ``elapsed`` are seconds; ``limit_source`` says where
    the limit was set: "query", "datasource 'sales'", "default"."""

    limit: Optional[float] = None
    limit_source: Optional[str] = None
    elapsed: Optional[float] = None


class QueryCancelled(Error):
    """Cancelled on request."""


class PoolTimeout(Error):
    """The time limit passed while waiting for a session of the pool."""

    limit: Optional[float] = None
    limit_source: Optional[str] = None
    elapsed: Optional[float] = None


class PermissionDenied(Error):
    """The server knows us and says no."""


class InvalidParameter(Error):
    """A connection parameter, an argument or an option is wrong; ``parameter`` names it."""

    parameter: Optional[str] = None


class CredentialError(Error):
    """A stored secret does not open; ``datasource`` says whose."""

    def __init__(self, message: str = "Could not decrypt credentials.", **attributes: Any) -> None:
        super().__init__(message, **attributes)


class PluginCrashed(Error):
    """The plugin's process died."""


class PluginError(Error):
    """The plugin broke its contract."""


class ResourceLimit(Error):
    """Memory, descriptors, or a configured limit."""


class Unsupported(Error):
    """The driver, the database or this version cannot do this."""


class NotFound(Error):
    """The named thing does not exist."""


class Conflict(Error):
    """Somebody else changed it first, or the name is taken."""


class Closed(Error):
    """The object was closed before."""


class ForkedProcess(Error):
    """Used in a child process after fork."""


KINDS: Mapping[str, type[Error]] = {
    kind.__name__: kind
    for kind in (
        ConnectionFailed,
        AuthenticationFailed,
        TlsFailed,
        QueryError,
        QueryTimeout,
        QueryCancelled,
        PoolTimeout,
        PermissionDenied,
        InvalidParameter,
        CredentialError,
        PluginCrashed,
        PluginError,
        ResourceLimit,
        Unsupported,
        NotFound,
        Conflict,
        Closed,
        ForkedProcess,
    )
}


def _restore(kind: type[Error], args: tuple[Any, ...], attributes: dict[str, Any]) -> Error:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


def _from_core(kind: str, message: str, attributes: dict[str, Any]) -> Error:
    made = KINDS.get(kind, PluginError)
    # What the host fills in for every error, though only some kinds have it.
    for name in ("parameter", "limit", "limit_source", "elapsed"):
        if attributes.get(name) is None or not hasattr(made, name):
            attributes.pop(name, None)
    return made(message, **attributes)
