"""Cursors: one statement at a time, rows one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from .. import _core
from .._models import ResultColumn
from .._result import ArrowTable
from ._errors import InterfaceError, ProgrammingError, translated
from ._types import TypeCode
from ._wait import wait

if TYPE_CHECKING:
    from ._connection import Connection

Row = tuple[Any, ...]


def _in_order(parameters: Any) -> tuple[Any, ...]:
    if parameters is None:
        return ()
    # Text would be its letters, a mapping its keys, and a set has no order.
    wrong = isinstance(parameters, (str, bytes, Mapping, Set))
    if wrong or not isinstance(parameters, Iterable):
        raise TypeError(
            "parameters must be a sequence of values, one for each ?, "
            f"not {type(parameters).__name__}"
        )
    return tuple(parameters)


class Cursor:
    """Made by Connection.cursor()."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._closed = False
        self._result: Optional[_core.Result] = None
        self._batch: Optional[_core.Batch] = None
        self._rows: list[Row] = []
        self._position = 0
        self._taken = 0
        self._rowcount = -1
        self._description: Optional[list[tuple[Any, ...]]] = None

    @property
    def connection(self) -> Connection:
        return self._connection

    @property
    def description(self) -> Optional[list[tuple[Any, ...]]]:
        """(name, type_code, None, None, None, None, null_ok) of each column; None without rows."""
        return self._description

    @property
    def rowcount(self) -> int:
        """Rows that the last statement changed or returned; -1 while it is not known."""
        if self._result is not None and self._rowcount < 0:
            with translated():
                self._rowcount = self._result.rows_affected
        return self._rowcount

    @property
    def rownumber(self) -> Optional[int]:
        return None if self._result is None else self._taken

    def _check(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed", hint="make a new one with cursor()")
        self._connection._check()

    # Executing

    def execute(
        self,
        operation: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Any = None,
        limit: Optional[int] = None,
    ) -> Cursor:
        """Runs one statement. With parameters, each ? stands for one; without, ? is left alone."""
        self._check()
        self._drop()
        with translated():
            self._start(operation, _in_order(parameters), timeout, limit)
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Once for each sequence; each run commits by itself, so a failure leaves what went
        before. Statements that return rows are refused."""
        self._check()
        self._drop()
        total = 0
        for parameters in seq_of_parameters:
            self.execute(operation, parameters)
            if self._description is not None:
                self._drop()
                raise ProgrammingError(
                    "executemany() is for statements without a result set",
                    hint="call execute() for each, and fetch",
                )
            total = total + self.rowcount if total >= 0 and self.rowcount >= 0 else -1
        self._rowcount = total
        return self

    def _start(
        self, operation: str, args: tuple[Any, ...], timeout: Any, limit: Optional[int]
    ) -> None:
        sql = operation
        if args:
            sql, count = _core.rewrite_qmark(operation, self._connection._dialect)
            if count != len(args):
                raise ProgrammingError(
                    f"the statement has {count} placeholders, but {len(args)} parameters were given",
                    hint="write ? for each parameter, and ?? for an operator ?",
                )
        if timeout is None:
            timeout = self._connection.timeout
        core = self._connection._core
        result: _core.Result = wait(
            lambda c, f: core.execute(c, f, sql, args, timeout, limit, None)
        )
        self._result = result
        if result.has_rows:
            columns = [ResultColumn(*column) for column in result.schema.describe()]
            self._description = [
                (str(c), TypeCode(c.arrow_type), None, None, None, None, c.nullable)
                for c in columns
            ]

    def _drop(self) -> None:
        if self._result is not None:
            with translated():
                self._result.abandon()
        self._result = None
        self._batch = None
        self._rows = []
        self._position = 0
        self._taken = 0
        self._rowcount = -1
        self._description = None

    # Fetching

    def _open_result(self) -> _core.Result:
        self._check()
        if self._result is None or self._description is None:
            raise ProgrammingError(
                "there are no rows to fetch", hint="call execute() with a statement that returns rows"
            )
        return self._result

    def _next_batch(self) -> Optional[_core.Batch]:
        result = self._open_result()
        batch = result.poll()
        if batch is ...:
            batch = wait(result.next, result.abandon)
        return batch  # type: ignore[return-value]

    def _fill(self) -> bool:
        """Sees to it that a row is at hand; False at the end."""
        while self._position >= len(self._rows):
            batch = self._next_batch()
            if batch is None:
                return False
            self._rows = batch.rows()
            self._position = 0
        return True

    def fetchone(self) -> Optional[Row]:
        self._open_result()
        with translated():
            if not self._fill():
                return None
        row = self._rows[self._position]
        self._position += 1
        self._taken += 1
        return row

    def fetchmany(self, size: Optional[int] = None) -> list[Row]:
        self._open_result()
        wanted = self.arraysize if size is None else size
        rows: list[Row] = []
        with translated():
            while len(rows) < wanted and self._fill():
                part = self._rows[self._position : self._position + wanted - len(rows)]
                self._position += len(part)
                self._taken += len(part)
                rows += part
        return rows

    def fetchall(self) -> list[Row]:
        self._open_result()
        rows: list[Row] = []
        with translated():
            while self._fill():
                part = self._rows[self._position :] if self._position else self._rows
                self._position = len(self._rows)
                self._taken += len(part)
                rows += part
        return rows

    def fetch_arrow_table(self) -> ArrowTable:
        """All rows as Arrow, in memory; only before any other fetch."""
        result = self._open_result()
        if self._taken:
            raise InterfaceError(
                "rows were fetched already", hint="call fetch_arrow_table() before any other fetch"
            )
        batches = []
        with translated():
            while (batch := self._next_batch()) is not None:
                batches.append(batch)
        return ArrowTable(result.schema, batches)

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    # The rest

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Nothing to do: values carry their types."""

    def setoutputsize(self, size: int, column: Optional[int] = None) -> None:
        """Nothing to do: values come whole."""

    def close(self) -> None:
        """Cancels the query if it has not ended."""
        if not self._closed:
            self._drop()
            self._closed = True

    def __enter__(self) -> Cursor:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        where: Optional[TracebackType],
    ) -> None:
        self.close()
