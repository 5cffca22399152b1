"""The result of a query, and results held in memory."""

from __future__ import annotations

import asyncio
import sys
import warnings
from types import TracebackType
from typing import Any, AsyncIterator, Callable, Iterator, Optional

from . import _core, _frames
from ._core import Batch, ResultSchema
from ._errors import Closed, Error, QueryCancelled
from ._loop import wait
from ._models import Notice, ResultColumn

# Rows made between two looks at the event loop: about 2 ms of work.
_SLICE = 4096


def _columns(schema: ResultSchema) -> list[ResultColumn]:
    return [ResultColumn(*column) for column in schema.describe()]


class ArrowTable:
    """Rows held in memory as Arrow. Can be read any number of times, by anything that knows the
    Arrow PyCapsule interface, without a copy."""

    __slots__ = ("_schema", "_batches", "_columns", "_num_rows")

    def __init__(self, schema: ResultSchema, batches: list[Batch]) -> None:
        self._schema = schema
        self._batches = batches
        self._columns: Optional[list[ResultColumn]] = None
        self._num_rows = sum(len(batch) for batch in batches)

    @property
    def schema(self) -> ResultSchema:
        return self._schema

    @property
    def columns(self) -> list[ResultColumn]:
        """Names of the columns; each is a str with .type and .arrow_type."""
        if self._columns is None:
            self._columns = _columns(self._schema)
        return self._columns

    @property
    def batches(self) -> list[Batch]:
        return list(self._batches)

    @property
    def num_rows(self) -> int:
        return self._num_rows

    @property
    def num_columns(self) -> int:
        return len(self.columns)

    def __len__(self) -> int:
        return self._num_rows

    def __repr__(self) -> str:
        return f"<ArrowTable of {self._num_rows} rows, {', '.join(self.columns)}>"

    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _core.export_batches(self._schema, self._batches)

    def rows(self) -> list[tuple[Any, ...]]:
        return [row for batch in self._batches for row in batch.rows()]

    def dicts(self) -> list[dict[str, Any]]:
        return [row for batch in self._batches for row in batch.dicts()]

    def to_arrow(self) -> Any:
        """A pyarrow.Table, without a copy."""
        return _frames.to_arrow(self)

    def to_polars(self) -> Any:
        """A polars.DataFrame."""
        return _frames.to_polars(self)

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; needs pyarrow too."""
        return _frames.to_pandas(self)


class Result:
    """The open result of one query: its rows come batch by batch, once, forward.

    Take them one way: ``async for``, ``rows()``, ``dicts()``, ``read_all()``, one of the
    ``to_…()``, or as an Arrow stream (which waits in the thread that reads it). Leaving
    ``async with`` before the end, or dropping the result, cancels the query at its server.
    """

    __slots__ = ("_core", "_columns", "_taken_by", "__weakref__")

    def __init__(self, core: _core.Result) -> None:
        self._core = core
        self._columns: Optional[list[ResultColumn]] = None
        self._taken_by: Optional[str] = None

    @property
    def schema(self) -> ResultSchema:
        """The Arrow schema (by __arrow_c_schema__)."""
        return self._core.schema

    @property
    def columns(self) -> list[ResultColumn]:
        """Names of the columns; each is a str with .type and .arrow_type."""
        if self._columns is None:
            self._columns = _columns(self._core.schema)
        return self._columns

    @property
    def rows_affected(self) -> Optional[int]:
        """Rows that the statement changed, or returned; None while it is not known."""
        count = self._core.rows_affected
        return None if count < 0 else count

    @property
    def notices(self) -> list[Notice]:
        return [Notice(*notice) for notice in self._core.notices()]

    @property
    def elapsed(self) -> float:
        """Seconds from the call of execute to the end of the result, or to now."""
        return self._core.elapsed

    @property
    def query_id(self) -> str:
        """Names the query in the logs of host and server."""
        return self._core.query_id

    def __repr__(self) -> str:
        return f"<Result {self.query_id}>"

    # Reading

    async def _next(self) -> Optional[Batch]:
        batch = self._core.poll()
        if batch is ...:
            batch = await wait(self._core.next, cancel=self._core.abandon)
        return batch  # type: ignore[return-value]

    def _take(self, by: str) -> None:
        if self._taken_by is not None and self._core.has_rows:
            raise Closed(
                f"the rows of this result were taken already, by {self._taken_by}",
                hint="keep what it returned, or use read_all(), which can be read again",
            )
        self._taken_by = by

    async def _collect(self, convert: Callable[[Batch, int, int], list[Any]]) -> list[Any]:
        rows: list[Any] = []
        since_pause = 0
        try:
            while (batch := await self._next()) is not None:
                for start in range(0, len(batch), _SLICE):
                    if since_pause >= _SLICE:
                        since_pause = 0
                        await asyncio.sleep(0)
                    part = convert(batch, start, start + _SLICE)
                    since_pause += len(part)
                    rows += part
        except BaseException:
            self._core.abandon()
            raise
        return rows

    async def rows(self) -> list[tuple[Any, ...]]:
        """All (remaining) rows as tuples of Python values."""
        self._take("rows()")
        rows = self._core.small_rows(_SLICE)
        if rows is not None:
            return rows
        return await self._collect(_core.Batch.rows)

    async def dicts(self) -> list[dict[str, Any]]:
        """All (remaining) rows as dicts; ValueError when two columns share a name."""
        self._take("dicts()")
        return await self._collect(_core.Batch.dicts)

    async def _read(self, by: str) -> ArrowTable:
        self._take(by)
        batches: list[Batch] = []
        while (batch := await self._next()) is not None:
            batches.append(batch)
        return ArrowTable(self._core.schema, batches)

    async def read_all(self) -> ArrowTable:
        """All (remaining) rows as Arrow, in memory."""
        return await self._read("read_all()")

    def __aiter__(self) -> AsyncIterator[Batch]:
        self._take("async for")
        return self

    async def __anext__(self) -> Batch:
        batch = await self._next()
        if batch is None:
            raise StopAsyncIteration
        return batch

    def __arrow_c_schema__(self) -> object:
        return self._core.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        self._take("__arrow_c_stream__()")
        return self._core.stream_capsule()

    async def to_arrow(self) -> Any:
        """A pyarrow.Table, without a copy."""
        return (await self._read("to_arrow()")).to_arrow()

    async def to_polars(self) -> Any:
        """A polars.DataFrame."""
        return await asyncio.to_thread((await self._read("to_polars()")).to_polars)

    async def to_pandas(self) -> Any:
        """A pandas.DataFrame; needs pyarrow too."""
        return await asyncio.to_thread((await self._read("to_pandas()")).to_pandas)

    # Ending

    async def cancel(self) -> None:
        """Ends the query at its server and returns when it has ended; harmless afterwards."""
        self._taken_by = "cancel()"
        if self._core.finished:
            self._core.abandon()
            return
        self._core.abandon()
        try:
            while await self._next() is not None:
                pass
        except QueryCancelled:
            pass
        except Error:
            # Ended all the same; who cancels does not care why.
            pass

    async def __aenter__(self) -> Result:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        where: Optional[TracebackType],
    ) -> None:
        if not self._core.finished:
            await self.cancel()

    def __del__(self) -> None:
        if sys.is_finalizing():
            return
        try:
            left_open = self._taken_by is None and not self._core.finished
        except Error:  # in a forked child
            return
        if left_open:
            warnings.warn(
                f"unclosed result of query {self.query_id}, open for {self.elapsed:.1f} s: "
                "read it, cancel() it, or use async with",
                ResourceWarning,
                source=self,
            )
