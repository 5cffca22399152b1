"""PEP 249's errors, which are qry_host's too.

Whatever is raised here is an instance of one class of each tree: ``except
dbapi.OperationalError`` and ``except qry_host.QueryTimeout`` both catch a time limit.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from .. import _errors as qry


class Warning(Exception):
    """Never raised; PEP 249 wants it."""


class Error(qry.Error):
    """All errors of this module."""


class InterfaceError(Error):
    """This module was used in a wrong way: a closed cursor, a missing argument."""


class DatabaseError(Error):
    """All errors that concern the database."""


class DataError(DatabaseError):
    """A value does not fit."""


class OperationalError(DatabaseError):
    """Connections, limits, cancelled work: nothing the statement could help."""


class IntegrityError(DatabaseError):
    """A constraint was violated."""


class InternalError(DatabaseError):
    """The database, or a plugin, met a state it did not expect."""


class ProgrammingError(DatabaseError):
    """The statement is wrong, or names what is not there."""


class NotSupportedError(DatabaseError):
    """The database or the driver cannot do this."""


_SAME = {
    "ConnectionFailed": OperationalError,
    "AuthenticationFailed": OperationalError,
    "TlsFailed": OperationalError,
    "QueryTimeout": OperationalError,
    "QueryCancelled": OperationalError,
    "PoolTimeout": OperationalError,
    "PermissionDenied": ProgrammingError,
    "InvalidParameter": ProgrammingError,
    "CredentialError": OperationalError,
    "PluginCrashed": InternalError,
    "PluginError": InternalError,
    "ResourceLimit": OperationalError,
    "Unsupported": NotSupportedError,
    "NotFound": ProgrammingError,
    "Conflict": OperationalError,
    "Closed": InterfaceError,
    "ForkedProcess": InterfaceError,
}

# By class of SQLSTATE.
_BY_STATE = {
    "0A": NotSupportedError,
    "08": OperationalError,
    "21": ProgrammingError,
    "22": DataError,
    "23": IntegrityError,
    "25": OperationalError,
    "26": ProgrammingError,
    "34": ProgrammingError,
    "3D": ProgrammingError,
    "3F": ProgrammingError,
    "40": OperationalError,
    "42": ProgrammingError,
    "44": ProgrammingError,
    "53": OperationalError,
    "54": OperationalError,
    "55": OperationalError,
    "57": OperationalError,
    "58": OperationalError,
    "XX": InternalError,
}

# SQLite knows no SQLSTATE: SQLITE_CONSTRAINT and its extended codes end in 19.
_SQLITE_CONSTRAINT = 19


def _both(kind: type[qry.Error], pep: type[Error], name: str) -> type[qry.Error]:
    made = type(name, (kind, pep), {"__module__": __name__, "__doc__": kind.__doc__})
    globals()[name] = made  # where pickle finds it
    return made


_MADE: dict[str, type[qry.Error]] = {
    name: _both(qry.KINDS[name], pep, name) for name, pep in _SAME.items()
}
_QUERY: dict[type[Error], type[qry.Error]] = {
    pep: _both(qry.QueryError, pep, "Query" + pep.__name__)
    for pep in {*_BY_STATE.values(), DatabaseError}
}


def _query_kind(error: qry.Error) -> type[Error]:
    if error.sqlstate:
        return _BY_STATE.get(error.sqlstate[:2], DatabaseError)
    if error.vendor_code is not None and error.vendor_code & 0xFF == _SQLITE_CONSTRAINT:
        return IntegrityError
    return ProgrammingError


def translate(error: qry.Error) -> qry.Error:
    """The same error, as a member of both trees."""
    if isinstance(error, Error):
        return error
    if isinstance(error, qry.QueryError):
        made = _QUERY[_query_kind(error)]
    else:
        made = _MADE.get(type(error).__name__, DatabaseError)
    return qry._restore(made, error.args, error.__dict__.copy())


@contextmanager
def translated() -> Iterator[None]:
    """Errors leave as members of both trees; what cannot be bound or shown is one too."""
    try:
        yield
    except qry.Error as error:
        raise translate(error) from None
    except TypeError as error:
        raise ProgrammingError(str(error)) from error
    except ValueError as error:
        raise DataError(str(error)) from error
