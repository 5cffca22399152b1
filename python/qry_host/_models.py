"""The small values that qry_host hands out: tuples with names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

if TYPE_CHECKING:
    from ._core import Table
    from ._errors import Error


class Interval(NamedTuple):
    """A SQL interval, exact: months and days are not a number of seconds."""

    months: int = 0
    days: int = 0
    nanoseconds: int = 0


class Parameter(NamedTuple):
    """A connection parameter of a driver. ``when`` is "method=value" if it belongs to one
    alternative only."""

    name: str
    title: str
    description: str
    type: str
    default: Optional[str]
    required: bool
    secret: bool
    multiline: bool
    file: bool
    choices: list[str]
    group: Optional[str]
    when: Optional[str]


class Driver(NamedTuple):
    """An installed plugin. ``reason`` says why it cannot be used; None = it can."""

    name: str
    title: str
    version: str
    description: str
    publisher: str
    abi: str
    model: str
    dialect: str
    parameters: list[Parameter]
    capabilities: list[str]
    path: str
    trust: str
    reason: Optional[str]


class TestStep(NamedTuple):
    """One step of a connection test; ``detail`` and ``hint`` are empty when there is nothing to
    say."""

    name: str
    ok: bool
    seconds: float
    detail: str
    hint: str


class TestReport(NamedTuple):
    """What a connection test found; ``error`` is the failure of a test that is not ``ok``."""

    ok: bool
    steps: list[TestStep]
    server_version: Optional[str]
    error: Optional[Error]


# pytest would collect them by their names.
setattr(TestStep, "__test__", False)
setattr(TestReport, "__test__", False)


class PoolStats(NamedTuple):
    """Sessions of a datasource; ``destroyed`` counts them by reason."""

    size: int
    idle: int
    in_use: int
    waiting: int
    created: int
    destroyed: dict[str, int]
    acquired: int
    timeouts: int
    cancelled: int


class Notice(NamedTuple):
    """What the server said beside the result."""

    severity: str
    sqlstate: Optional[str]
    message: str


class Column(NamedTuple):
    """A column of a table; ``type`` is the database's own name of its type."""

    name: str
    ordinal: int
    type: str
    arrow_type: str
    nullable: bool
    default: Optional[str]
    comment: Optional[str]


class ForeignKey(NamedTuple):
    """Columns that refer to ``ref_columns`` of ``ref_table``."""

    name: Optional[str]
    columns: list[str]
    ref_catalog: Optional[str]
    ref_schema: Optional[str]
    ref_table: str
    ref_columns: list[str]


class SearchHit(NamedTuple):
    """What a search found: a table, or one of its columns."""

    table: Table
    column: Optional[Column]
    score: float


class SchemaChange(NamedTuple):
    """``what`` is "table" or "column". ``before`` is the old name of what was renamed, or the old
    type of what was retyped, and ``now`` the new one."""

    what: str
    name: str
    before: Optional[str]
    now: Optional[str]


class SchemaDiff(NamedTuple):
    """What a refresh changed. False when nothing did."""

    added: list[SchemaChange]
    removed: list[SchemaChange]
    changed: list[SchemaChange]
    renamed: list[SchemaChange]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed)


class ResultColumn(str):
    """The name of a column, which also knows its type.

    ``type`` is the database's own name of it (None where the driver does not tell),
    ``arrow_type`` is as pyarrow prints it.
    """

    __slots__ = ("type", "arrow_type", "nullable")

    type: Optional[str]
    arrow_type: str
    nullable: bool

    def __new__(
        cls, name: str, type: Optional[str], arrow_type: str, nullable: bool
    ) -> ResultColumn:
        made = super().__new__(cls, name)
        made.type = type
        made.arrow_type = arrow_type
        made.nullable = nullable
        return made

    def __getnewargs__(self) -> Any:
        return (str(self), self.type, self.arrow_type, self.nullable)

    @property
    def name(self) -> str:
        return str(self)
