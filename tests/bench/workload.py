"""What a workload is: its peers, and how far we must get beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Peer:
    """One way to do the work. ``run`` is timed; what it gives is looked at by ``check`` and
    ``figures`` afterwards. ``check`` gives what must be equal for all peers, or None when a peer
    discards what it reads."""

    async def open(self) -> None: ...

    async def run(self) -> Any: ...

    async def check(self, result: Any) -> object:
        return result

    def figures(self, result: Any) -> dict[str, float]:
        """Further figures by name; "wall" replaces the time that the runner took."""
        return {}

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Goal:
    """``who`` may take ``limit`` times as much as ``against``; without that, ``limit`` itself."""

    who: str
    limit: float
    against: str = ""
    figure: str = "wall"
    unit: str = "s"


@dataclass(frozen=True)
class Workload:
    number: int
    title: str
    peers: dict[str, Callable[[], Peer]]
    goals: list[Goal] = field(default_factory=list)
    # Makes what must be in the database.
    prepare: Callable[[], Any] | None = None
    # How many operations one run has: the table shows the time of one.
    per: int = 1
    # Peers that take too long for as many rounds as the others.
    few: dict[str, int] = field(default_factory=dict)
    # Times as many rounds, for what is short.
    times: int = 1
    # Also measure with all peers in one process.
    together: bool = False
    # A new process for each run, closed after it: its sessions would be too many beside the others'.
    fresh: bool = False
    # Run only when it is named.
    only_named: bool = False
    # The mode in which its goals hold, when they hold in one only.
    mode: str = "P"
