"""A datasource and what can be done with it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Iterable, Mapping, Optional, Union

from . import _core
from ._loop import wait
from ._models import PoolStats, SchemaDiff, TestReport, TestStep
from ._result import Result
from ._schema import Schema

Duration = Union[float, str, timedelta]


def make_report(found: tuple[Any, ...]) -> TestReport:
    ok, steps, server_version, error = found
    return TestReport(ok, [TestStep(*step) for step in steps], server_version, error)


class Datasource:
    """A database that the host knows, with its pool, time limit and schema cache."""

    __slots__ = ("_core", "__weakref__")

    def __init__(self, core: _core.Datasource) -> None:
        self._core = core

    @property
    def id(self) -> str:
        return str(self._core.info()["id"])

    @property
    def name(self) -> str:
        return str(self._core.info()["name"])

    @property
    def driver(self) -> str:
        return str(self._core.info()["driver"])

    @property
    def params(self) -> dict[str, str]:
        """The connection parameters, without secrets."""
        return dict(self._core.info()["params"])

    @property
    def secrets(self) -> list[str]:
        """Names of the secrets that are stored."""
        return list(self._core.info()["secrets"])

    @property
    def state(self) -> str:
        """"connected", "failed" or "unknown": how the last check went."""
        return str(self._core.info()["state"])

    @property
    def state_message(self) -> Optional[str]:
        """Why the last check failed."""
        message: Optional[str] = self._core.info()["state_message"]
        return message

    @property
    def checked_at(self) -> Optional[datetime]:
        at = self._core.info()["checked_at"]
        return None if at is None else datetime.fromtimestamp(at, timezone.utc)

    @property
    def timeout(self) -> Optional[float]:
        """Seconds; None = the default of 30."""
        limit: Optional[float] = self._core.info()["timeout"]
        return limit

    @property
    def version(self) -> int:
        """Grows with each change that is stored."""
        return int(self._core.info()["version"])

    @property
    def schema_age(self) -> Optional[float]:
        """Seconds since the cached schema was read; None without one."""
        taken = self._core.info()["schema_taken_at"]
        if taken is None:
            return None
        return max(0.0, datetime.now(timezone.utc).timestamp() - float(taken))

    @property
    def pool(self) -> PoolStats:
        return PoolStats(**self._core.pool())

    def __repr__(self) -> str:
        info = self._core.info()
        return f"<Datasource {info['name']!r} ({info['driver']}, {info['state']})>"

    async def test(self, *, on_step: Optional[Callable[[TestStep], object]] = None) -> TestReport:
        """Connects and looks around, step by step; a step that fails is in the report."""
        listener = _listener(on_step)
        return make_report(await wait(self._core.test, listener))

    async def schema(self, *, max_age: Optional[Duration] = None) -> Schema:
        """The cached schema; read first when there is none, or when it is older than
        max_age (0: in any case)."""
        snapshot = await wait(self._core.schema, max_age)
        return Schema(snapshot, self._core)

    async def refresh_schema(
        self, *, progress: Optional[Callable[[str, int], object]] = None
    ) -> SchemaDiff:
        """Reads the schema anew and says what changed. progress(stage, done) is called as it goes;
        stage is "tables", "columns" or "keys"."""
        return SchemaDiff(*await wait(self._core.refresh_schema, progress))

    async def execute(
        self,
        sql: str,
        args: Iterable[Any] = (),
        *,
        timeout: Optional[Duration] = None,
        limit: Optional[int] = None,
        options: Optional[Mapping[str, Any]] = None,
    ) -> Result:
        """Runs one statement with $1 … bound to args.

        timeout: seconds, or text such as "5m"; covers waiting for a session, executing and
        fetching. limit: at most so many rows. options: the driver's own, see its README.
        """
        return Result(await wait(self._core.execute, sql, args, timeout, limit, options))


def _listener(
    on_step: Optional[Callable[[TestStep], object]]
) -> Optional[Callable[[tuple[Any, ...]], object]]:
    if on_step is None:
        return None
    tell = on_step
    return lambda step: tell(TestStep(*step))
