"""Memory, descriptors and threads of the host over time, and what is left at the end."""

from __future__ import annotations

import asyncio
import os
import statistics
import time

import faults


def _now() -> tuple[float, int, int]:
    with open("/proc/self/statm", encoding="ascii") as f:
        megabytes = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return megabytes, len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


class Gauges:
    def __init__(self) -> None:
        self.samples: list[tuple[float, int, int]] = []

    async def watch(self, until: float) -> None:
        # The first seconds fill pools and caches.
        await asyncio.sleep(min(20.0, max(0.0, (until - time.monotonic()) / 5)))
        while time.monotonic() < until:
            self.samples.append(_now())
            await asyncio.sleep(1)

    def _halves(self, which: int) -> tuple[float, float]:
        values = [sample[which] for sample in self.samples]
        middle = len(values) // 2
        return statistics.median(values[:middle]), statistics.median(values[middle:])

    def problems(self) -> list[str]:
        if len(self.samples) < 4:
            return ["too short a run to see a slope"]
        found = []
        for which, name, room in ((0, "MB of memory", 30), (1, "descriptors", 20), (2, "threads", 6)):
            before, after = self._halves(which)
            if after > before * 1.1 + room:
                found.append(f"{name} grew from {before:.0f} to {after:.0f}")
        return found

    def report(self) -> str:
        if len(self.samples) < 4:
            return "no samples"
        parts = []
        for which, name in ((0, "MB"), (1, "descriptors"), (2, "threads")):
            before, after = self._halves(which)
            peak = max(sample[which] for sample in self.samples)
            parts.append(f"{name} {before:.0f} then {after:.0f} (peak {peak:.0f})")
        return "host: " + ", ".join(parts)


def children_left() -> list[str]:
    """The host is closed: no worker may run, and none may be a zombie."""
    patience = time.monotonic() + 5
    while (left := faults.workers()) and time.monotonic() < patience:
        time.sleep(0.05)
    return [f"left after the host was closed: {faults.describe(pid)}" for pid in left]
