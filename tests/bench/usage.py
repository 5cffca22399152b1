"""CPU seconds of processes, from /proc: exact for what lives, in ticks of 10 ms for what has ended."""

from __future__ import annotations

import os
import resource
import time

TICK = os.sysconf("SC_CLK_TCK")


def children(process: int | str = "self") -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as f:
                found += [int(pid) for pid in f.read().split()]
    except OSError:
        pass
    return found


def living(process: int) -> float:
    """Of all threads that are still there."""
    total = 0
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/schedstat", encoding="ascii") as f:
                total += int(f.read().split()[0])
    except OSError:
        pass
    return total / 1e9


def _reaped(process: int) -> float:
    """Of its children that have ended and been waited for."""
    with open(f"/proc/{process}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / TICK


def server(postmaster: int) -> float:
    """Backends that are there, and those that have gone."""
    return sum(living(pid) for pid in children(postmaster)) + _reaped(postmaster)


def is_worker(process: int) -> bool:
    try:
        return "qry" in os.path.basename(os.readlink(f"/proc/{process}/exe"))
    except OSError:
        return False


def descendants() -> list[int]:
    found, waiting = [], children()
    while waiting:
        found.append(waiting.pop())
        waiting += children(found[-1])
    return found


def client() -> tuple[float, float]:
    """(this process and those it ran, the workers of its host)."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    mine, workers = time.process_time() + gone.ru_utime + gone.ru_stime, 0.0
    for process in descendants():
        if is_worker(process):
            workers += living(process)
        else:
            mine += living(process)
    return mine, workers


def status(key: str, process: int | str = "self") -> int:
    """A figure of /proc/PID/status: kB, or a count."""
    with open(f"/proc/{process}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(key + ":"))
