"""QRY's datasource layer: databases as plugins, results as Arrow.

async with qry_host.open("qry.db") as host:
    sales = await host.datasources.get("sales")
    result = await sales.execute("select * from orders where region = $1", ["EU"])
    rows = await result.rows()
"""

from __future__ import annotations

import atexit

from . import _core, _loop
from ._core import Batch, ResultSchema, Table, TableList
from ._datasource import Datasource
from ._errors import (
    AuthenticationFailed,
    Closed,
    Conflict,
    ConnectionFailed,
    CredentialError,
    Error,
    ForkedProcess,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    PluginCrashed,
    PluginError,
    PoolTimeout,
    QueryCancelled,
    QueryError,
    QueryTimeout,
    ResourceLimit,
    TlsFailed,
    Unsupported,
)
from ._host import Datasources, Host, connect, open
from ._models import (
    Column,
    Driver,
    ForeignKey,
    Interval,
    Notice,
    Parameter,
    PoolStats,
    ResultColumn,
    SchemaChange,
    SchemaDiff,
    SearchHit,
    TestReport,
    TestStep,
)
from ._result import ArrowTable, Result
from ._schema import Schema
from ._stats import DatasourceStats, HostStats, Latency, WorkerStats

__version__ = _core.version()

__all__ = [
    "ArrowTable",
    "AuthenticationFailed",
    "Batch",
    "Closed",
    "Column",
    "Conflict",
    "ConnectionFailed",
    "CredentialError",
    "Datasource",
    "DatasourceStats",
    "Datasources",
    "Driver",
    "Error",
    "ForeignKey",
    "ForkedProcess",
    "Host",
    "HostStats",
    "Interval",
    "InvalidParameter",
    "Latency",
    "NotFound",
    "Notice",
    "Parameter",
    "PermissionDenied",
    "PluginCrashed",
    "PluginError",
    "PoolStats",
    "PoolTimeout",
    "QueryCancelled",
    "QueryError",
    "QueryTimeout",
    "ResourceLimit",
    "Result",
    "ResultColumn",
    "ResultSchema",
    "Schema",
    "SchemaChange",
    "SchemaDiff",
    "SearchHit",
    "Table",
    "TableList",
    "TestReport",
    "TestStep",
    "TlsFailed",
    "Unsupported",
    "WorkerStats",
    "connect",
    "open",
]


# Long enough for a cancel to reach its server, short enough for a service that must stop.
_EXIT_PATIENCE = 1.5


def _at_exit() -> None:
    _core.close_all(_EXIT_PATIENCE)
    _loop.close_all()


# Errors and values are shown under the name that users import them by.
for _name in __all__:
    if getattr(globals()[_name], "__module__", "").startswith("qry_host."):
        globals()[_name].__module__ = "qry_host"
del _name

atexit.register(_at_exit)
