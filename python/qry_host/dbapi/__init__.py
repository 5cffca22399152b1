"""PEP 249 on top of qry_host, for programs without an event loop.

with qry_host.dbapi.connect("sales") as connection:
    with connection.cursor() as cursor:
        cursor.execute("select name from customers where region = ?", ["EU"])
        for (name,) in cursor: ...

Every statement runs on a session of the datasource's pool and commits by itself: commit() has
nothing to do, rollback() raises NotSupportedError, and what a session keeps (temporary tables,
settings) is gone with the statement. Ctrl-C cancels the running query at its server.
"""

from ._connection import Connection, connect
from ._cursor import Cursor
from ._errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from ._types import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
)

apilevel = "2.0"
# Threads may share the module and connections.
threadsafety = 2
# ?? stands for a ? that is an operator.
paramstyle = "qmark"

__all__ = [
    "BINARY",
    "Binary",
    "Connection",
    "Cursor",
    "DATETIME",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NUMBER",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "ROWID",
    "STRING",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]
