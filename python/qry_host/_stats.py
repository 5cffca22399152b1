"""What a host has done and is doing, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from . import _core
from ._models import PoolStats


@dataclass(frozen=True, slots=True)
class Latency:
    """How long queries took, from the call of execute to their end, however they ended.

    ``counts[i]`` took at most ``bounds[i]`` seconds and more than the bound before; the last count,
    which has no bound, is of the rest. ``sum`` is in seconds.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: int
    sum: float

    def quantile(self, p: float) -> float:
        """An estimate of the seconds that the share ``p`` (0 to 1) of the queries took at most;
        0.0 when there were none."""
        if not 0 <= p <= 1:
            raise ValueError(f"p is {p!r}; expected a share, 0 to 1")
        return _core.latency_quantile(self.counts, p)


@dataclass(frozen=True, slots=True)
class DatasourceStats:
    """One datasource since the host was opened, through all edits of it.

    ``queries`` were asked for; ``succeeded`` of them ended well (also when the reader let go of the
    result early), ``errors`` counts the others by kind ("QueryTimeout"). ``bytes`` is Arrow data
    delivered: validity, offsets and values.
    """

    name: str
    driver: str
    isolation: str
    pool: PoolStats
    queries: int
    succeeded: int
    errors: dict[str, int]
    in_flight: int
    rows: int
    batches: int
    bytes: int
    cancels_sent: int
    cancels_confirmed: int
    cancels_escalated: int
    latency: Latency


@dataclass(frozen=True, slots=True)
class WorkerStats:
    """A worker process, or the one that failed last. ``datasource`` has it for itself; None =
    shared. ``deaths`` counts by reason ("signal 11", "stuck")."""

    driver: str
    version: str
    datasource: Optional[str]
    state: str
    pid: int
    starts: int
    deaths: dict[str, int]
    sessions: int
    in_flight: int
    batches: int
    bytes: int
    memory_bytes: int
    threads: int
    descriptors: int


@dataclass(frozen=True, slots=True)
class HostStats:
    """The datasources that were used since the host was opened, and the workers; ``clients`` are
    the programs connected to a daemon."""

    version: str
    opened_at: datetime
    pid: int
    clients: int
    datasources: list[DatasourceStats]
    workers: list[WorkerStats]


def make_stats(found: dict[str, Any]) -> HostStats:
    for one in found["datasources"]:
        one["pool"] = PoolStats(**one["pool"])
        one["latency"] = Latency(**one["latency"])
    found["datasources"] = [DatasourceStats(**one) for one in found["datasources"]]
    found["workers"] = [WorkerStats(**one) for one in found["workers"]]
    found["opened_at"] = datetime.fromtimestamp(found["opened_at"], timezone.utc)
    return HostStats(**found)
