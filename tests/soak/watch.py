"""Memory, mappings, descriptors and threads of the host over time, and what is left at the end."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
import typing

import faults


class Gauge(typing.NamedTuple):
    name: str
    # What it may grow by between the halves of a run, beside a tenth; None = only told.
    room: float | None


GAUGES = (
    Gauge("MB", 30),
    # How much of a worker's memory has been touched since it was started: chance, while workers are
    # killed all the time. What would stay after them is seen in the mappings.
    Gauge("MB shared with workers", None),
    Gauge("mappings of workers' memory", 30),
    Gauge("descriptors", 20),
    Gauge("threads", 6),
)


def _now() -> tuple[float, ...]:
    with open("/proc/self/status", encoding="ascii") as f:
        status = dict(line.split(":", 1) for line in f)
    own, shared = (int(status[name].split()[0]) / 1000 for name in ("RssAnon", "RssShmem"))
    descriptors, threads = (len(os.listdir(f"/proc/self/{name}")) for name in ("fd", "task"))
    return own, shared, len(mappings()), descriptors, threads


def mappings() -> list[str]:
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as f:
        return [line for line in f if "memfd:qry-batches" in line]


class Gauges:
    def __init__(self) -> None:
        self.samples: list[tuple[float, ...]] = []

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
        for which, gauge in enumerate(GAUGES):
            before, after = self._halves(which)
            if gauge.room is not None and after > before * 1.1 + gauge.room:
                found.append(f"{gauge.name} grew from {before:.0f} to {after:.0f}")
        return found

    def report(self) -> str:
        if len(self.samples) < 4:
            return "no samples"
        parts = []
        for which, gauge in enumerate(GAUGES):
            before, after = self._halves(which)
            peak = max(sample[which] for sample in self.samples)
            parts.append(f"{gauge.name} {before:.0f} then {after:.0f} (peak {peak:.0f})")
        return "host: " + ", ".join(parts)


def left() -> list[str]:
    """The host is closed: no worker may run, none may be a zombie, and none's memory be mapped."""
    patience = time.monotonic() + 5
    while (running := faults.workers()) and time.monotonic() < patience:
        time.sleep(0.05)
    found = [f"left after the host was closed: {faults.describe(pid)}" for pid in running]
    # What a query that failed has read stays in its traceback, which Python frees at its leisure.
    gc.collect()
    while mappings() and time.monotonic() < patience:
        time.sleep(0.05)
    return found + [f"left mapped after the host was closed: {line.strip()}" for line in mappings()]
