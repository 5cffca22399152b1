"""Connections: a datasource, and whose host it is on."""

from __future__ import annotations

import secrets as _random
from types import TracebackType
from typing import Any, Iterable, Mapping, Optional, Union

from .. import _core
from .._host import Host, Path, Text, open_core
from . import _errors
from ._cursor import Cursor
from ._errors import InterfaceError, NotSupportedError, translated
from ._wait import wait


class Connection:
    """Made by connect(). Not a session: each statement takes one from the datasource's pool."""

    # An optional extension of PEP 249.
    Warning = _errors.Warning
    Error = _errors.Error
    InterfaceError = _errors.InterfaceError
    DatabaseError = _errors.DatabaseError
    DataError = _errors.DataError
    OperationalError = _errors.OperationalError
    IntegrityError = _errors.IntegrityError
    InternalError = _errors.InternalError
    ProgrammingError = _errors.ProgrammingError
    NotSupportedError = _errors.NotSupportedError

    def __init__(
        self,
        core: _core.Datasource,
        dialect: str,
        owned_host: Optional[_core.Host],
        timeout: Union[float, str, None],
    ) -> None:
        self._core = core
        self._dialect = dialect
        self._owned_host = owned_host
        self._closed = False
        # For statements that name none; None = the datasource's.
        self.timeout = timeout

    @property
    def autocommit(self) -> bool:
        return True

    def _check(self) -> None:
        if self._closed:
            raise InterfaceError("the connection is closed", hint="connect() again")

    def cursor(self) -> Cursor:
        self._check()
        return Cursor(self)

    def execute(self, operation: str, parameters: Optional[Any] = None) -> Cursor:
        """cursor().execute(…)"""
        return self.cursor().execute(operation, parameters)

    def commit(self) -> None:
        """Nothing to do: each statement has committed by itself."""
        self._check()

    def rollback(self) -> None:
        self._check()
        raise NotSupportedError(
            "there is nothing to roll back: each statement commits by itself",
            hint="put what belongs together into one statement",
        )

    def close(self) -> None:
        """Closes the host too, if connect() opened it."""
        if self._closed:
            return
        self._closed = True
        host, self._owned_host = self._owned_host, None
        if host is not None:
            with translated():
                wait(host.close)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        where: Optional[TracebackType],
    ) -> None:
        self.close()


def connect(
    datasource: Optional[str] = None,
    *,
    registry: Optional[Path] = None,
    host: Optional[Host] = None,
    driver: Optional[str] = None,
    params: Optional[Mapping[str, Any]] = None,
    secrets: Optional[Mapping[str, Text]] = None,
    timeout: Union[float, str, None] = None,
    jwt_secret_key: Optional[Text] = None,
    plugin_path: Union[None, Path, Iterable[Path]] = None,
) -> Connection:
    """connect("sales") takes a datasource of the registry (or of a host that is open already);
    connect(driver="postgresql", params={…}, secrets={…}) connects without storing anything."""
    if (datasource is None) == (driver is None):
        raise InterfaceError(
            "connect() takes either the name of a datasource or a driver",
            hint='connect("sales"), or connect(driver="sqlite", params={"path": "x.db"})',
        )
    if driver is not None and (registry is not None or host is not None):
        raise InterfaceError(
            "connect(driver=…) stores nothing and so takes neither registry nor host",
            hint="create the datasource first, then connect() to it by name",
        )
    with translated():
        if host is not None:
            return _connect(host._opened(), None, str(datasource), timeout)
        if driver is not None:
            # A registry that goes with the process, sealed with a key that nobody knows.
            registry, jwt_secret_key = ":memory:", _random.token_urlsafe(32)
        own = open_core(registry, jwt_secret_key, (), plugin_path, "process")()
        try:
            if driver is None:
                return _connect(own, own, str(datasource), timeout)
            name, kind = "connection", driver
            wait(
                lambda c, f: own.create(c, f, name, kind, params or {}, secrets, None, 1, 10, None)
            )
            return _connect(own, own, name, timeout)
        except BaseException:
            wait(own.close)
            raise


def _connect(
    core: _core.Host,
    owned: Optional[_core.Host],
    name: str,
    timeout: Union[float, str, None],
) -> Connection:
    found: _core.Datasource = wait(lambda c, f: core.get(c, f, name))
    driver = found.info()["driver"]
    dialect = next((d["dialect"] for d in core.drivers() if d["name"] == driver), "")
    return Connection(found, dialect, owned, timeout)
