"""The host: datasources, drivers, and the life of both."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable as IterableABC
from types import TracebackType
from typing import Any, Callable, Generator, Iterable, Mapping, Optional, Union

from . import _core
from ._datasource import Datasource, Duration, _listener, make_report
from ._errors import Closed
from ._loop import wait
from ._models import Driver, Parameter, TestReport, TestStep
from ._stats import HostStats, make_stats

Text = Union[str, bytes]
Path = Union[str, "os.PathLike[str]"]


class Datasources:
    """The datasources of a host, by name."""

    __slots__ = ("_host",)

    def __init__(self, host: Host) -> None:
        self._host = host

    async def create(
        self,
        name: str,
        *,
        driver: str,
        params: Mapping[str, Any],
        secrets: Optional[Mapping[str, Text]] = None,
        timeout: Optional[Duration] = None,
        pool_min_size: int = 1,
        pool_max_size: int = 10,
        isolation: Optional[str] = None,
    ) -> Datasource:
        """Stores a datasource. Parameters are checked; no connection is made. The names of files
        are stored as absolute ones, from this process's working directory."""
        core = self._host._opened()
        return Datasource(
            await wait(
                core.create, name, driver, params, secrets, timeout,
                pool_min_size, pool_max_size, isolation,
            )
        )

    async def get(self, name: str) -> Datasource:
        """NotFound when there is none of that name."""
        core = self._host._opened()
        return Datasource(await wait(core.get, name))

    async def list(self) -> list[Datasource]:
        """All, ordered by name."""
        core = self._host._opened()
        return [Datasource(found) for found in await wait(core.list)]

    async def update(
        self,
        name: str,
        *,
        params: Optional[Mapping[str, Any]] = None,
        secrets: Optional[Mapping[str, Optional[Text]]] = None,
        timeout: Optional[Duration] = None,
        pool_min_size: Optional[int] = None,
        pool_max_size: Optional[int] = None,
        isolation: Optional[str] = None,
        version: Optional[int] = None,
    ) -> Datasource:
        """Changes what is given. params and secrets are merged by name; None removes one.
        Through a daemon the names of files have to be absolute here.
        With version: Conflict when somebody else changed the datasource since."""
        return await self._change(
            name, None, params, secrets, timeout, pool_min_size, pool_max_size, isolation, version
        )

    async def rename(self, name: str, new_name: str, *, version: Optional[int] = None) -> Datasource:
        return await self._change(name, new_name, None, None, None, None, None, None, version)

    async def _change(self, name: str, new_name: Optional[str], *change: Any) -> Datasource:
        core = self._host._opened()
        return Datasource(await wait(core.update, name, new_name, *change))

    async def remove(self, name: str) -> None:
        """Its secrets are dropped at once."""
        core = self._host._opened()
        await wait(core.remove, name)


class Host:
    """What open() returns: await it, or use it with ``async with``, which closes it."""

    __slots__ = ("_core", "_open", "_datasources", "__weakref__")

    def __init__(self, open: Callable[[], _core.Host]) -> None:
        self._core: Optional[_core.Host] = None
        self._open: Optional[Callable[[], _core.Host]] = open
        self._datasources = Datasources(self)

    def _opened(self) -> _core.Host:
        if self._core is None:
            raise Closed(
                "the host is not open",
                hint="await qry_host.open(…), or use it with async with",
            )
        return self._core

    async def _ensure_open(self) -> Host:
        if self._open is not None:
            open, self._open = self._open, None
            # Migrating a registry and hashing plugins takes a thread's time, not the loop's.
            try:
                self._core = await asyncio.get_running_loop().run_in_executor(None, open)
            except BaseException:
                self._open = open
                raise
        return self

    def __await__(self) -> Generator[Any, None, Host]:
        return self._ensure_open().__await__()

    async def __aenter__(self) -> Host:
        return await self._ensure_open()

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        where: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Cancels what runs and closes all sessions. Afterwards every call raises Closed."""
        self._open = None
        if self._core is not None:
            await wait(self._core.close)

    @property
    def datasources(self) -> Datasources:
        return self._datasources

    @property
    def registry(self) -> str:
        """Where datasources are kept."""
        return self._opened().registry

    async def stats(self) -> HostStats:
        """Counters and gauges of the datasources in use and of the worker processes."""
        return make_stats(await wait(self._opened().stats))

    async def prometheus(self) -> str:
        """The same in the text format of Prometheus (0.0.4), for a service's own /metrics."""
        text: str = await wait(self._opened().prometheus)
        return text

    def drivers(self) -> list[Driver]:
        """The installed plugins, those that cannot be used too."""
        drivers = []
        for found in self._opened().drivers():
            found["parameters"] = [Parameter(**parameter) for parameter in found["parameters"]]
            drivers.append(Driver(**found))
        return drivers

    async def check(
        self,
        *,
        driver: str,
        params: Mapping[str, Any],
        secrets: Optional[Mapping[str, Text]] = None,
        timeout: Optional[Duration] = None,
        on_step: Optional[Callable[[TestStep], object]] = None,
    ) -> TestReport:
        """Tests a connection before it is saved: nothing is stored."""
        core = self._opened()
        listener = _listener(on_step)
        return make_report(
            await wait(core.check, listener, driver, params, secrets, timeout)
        )


def _location(value: Any, what: str) -> str:
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{what} must be str or os.PathLike, not {type(value).__name__}")
    return os.fsdecode(value)


def _each(values: Any, what: str, one: str) -> Iterable[Any]:
    if not isinstance(values, IterableABC):
        raise TypeError(f"{what} must be {one}, or several, not {type(values).__name__}")
    return values


def open_core(
    registry: Optional[Path],
    jwt_secret_key: Optional[Text],
    jwt_secret_key_previous: Iterable[Text],
    plugin_path: Union[None, Path, Iterable[Path]],
    isolation: str,
) -> Callable[[], _core.Host]:
    """Checks the arguments now; the call of what it returns opens the host, and may take a while."""
    location = "" if registry is None else _location(registry, "registry")
    if isinstance(jwt_secret_key_previous, (str, bytes)):
        jwt_secret_key_previous = (jwt_secret_key_previous,)
    previous = tuple(_each(jwt_secret_key_previous, "jwt_secret_key_previous", "str or bytes"))
    if plugin_path is None:
        plugin_path = ()
    elif isinstance(plugin_path, (str, bytes, os.PathLike)):
        plugin_path = (plugin_path,)
    several = _each(plugin_path, "plugin_path", "str or os.PathLike")
    folders = [_location(folder, "plugin_path") for folder in several]
    return lambda: _core.open(location, jwt_secret_key, previous, folders, isolation, "")


def open(
    registry: Optional[Path] = None,
    *,
    jwt_secret_key: Optional[Text] = None,
    jwt_secret_key_previous: Iterable[Text] = (),
    plugin_path: Union[None, Path, Iterable[Path]] = None,
    isolation: str = "process",
) -> Host:
    """Opens a host in this process: ``async with qry_host.open("qry.db") as host: …``, or
    ``host = await qry_host.open("qry.db")`` and ``await host.close()``.

    registry: a file (SQLite), ":memory:" or "postgresql://…"; default QRY_REGISTRY. The keys
    default to JWT_SECRET_KEY and JWT_SECRET_KEY_PREVIOUS, and are needed only once a secret is
    stored or opened. plugin_path is searched before QRY_PLUGIN_PATH.
    """
    return Host(
        open_core(registry, jwt_secret_key, jwt_secret_key_previous, plugin_path, isolation)
    )


def connect(address: Optional[Path] = None) -> Host:
    """The host that a daemon runs for many processes (``qry-host serve``): the same objects, and the
    work is done there. ``async with qry_host.connect() as host: …``, or ``host = await
    qry_host.connect()`` and ``await host.close()``.

    address: "unix:PATH"; default QRY_SOCKET, then $XDG_RUNTIME_DIR/qry-host.sock, then
    /run/qry-host.sock. ConnectionFailed when no daemon is there. One that goes away fails what was
    under way, as ConnectionFailed too; the next call looks for it again. After a fork, connect
    anew in the child.
    """
    where = "" if address is None else _location(address, "address")
    return Host(lambda: _core.connect(where))
