"""The schema of a datasource, as last read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Optional

from . import _core
from ._models import SearchHit

Sequence.register(_core.TableList)


class Schema:
    """One reading of a datasource's tables; does not change. Tables and columns become objects
    only when they are looked at."""

    __slots__ = ("_snapshot", "_datasource")

    def __init__(self, snapshot: _core.Snapshot, datasource: _core.Datasource) -> None:
        self._snapshot = snapshot
        self._datasource = datasource

    @property
    def generation(self) -> int:
        """Grows by one with each refresh."""
        return self._snapshot.generation

    @property
    def age(self) -> float:
        """Seconds since it was read."""
        return self._snapshot.age

    @property
    def taken_at(self) -> datetime:
        return datetime.fromtimestamp(self._snapshot.taken_at, timezone.utc)

    @property
    def stale(self) -> bool:
        """A newer reading exists, or is due."""
        if self._datasource.cached_generation() not in (None, self._snapshot.generation):
            return True
        return bool(self._datasource.info()["schema_stale"])

    @property
    def catalogs(self) -> list[str]:
        return self._snapshot.catalogs

    @property
    def tables(self) -> _core.TableList:
        """A sequence, ordered by catalog, schema and name."""
        return self._snapshot.tables

    def table(self, name: str) -> Optional[_core.Table]:
        """By "name", "schema.name" or "catalog.schema.name"; None when there is none."""
        return self._snapshot.find(name)

    def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        """Tables and columns whose names or comments match the words, best first."""
        return self._snapshot.search(text, limit)

    def prompt(self, tokens: int = 4000, question: str = "") -> str:
        """The schema for a language model, in at most so many tokens; with a question, what
        matters to it first."""
        return self._snapshot.prompt(tokens, question)

    def __repr__(self) -> str:
        return f"<Schema generation {self.generation}: {len(self.tables)} tables>"
