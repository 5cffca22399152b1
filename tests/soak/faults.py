"""What goes wrong during the soak: workers killed and frozen, the server's too, and restarts."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time


def _processes(test) -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{name}/cmdline", "rb") as f:
                command = f.read().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, ProcessLookupError, IndexError, ValueError):
            continue
        if test(parent, command):
            found.append(int(name))
    return found


def workers() -> list[int]:
    """The worker processes of this host."""
    own = os.getpid()
    return _processes(lambda parent, command: parent == own and " worker " in command)


def describe(pid: int) -> str:
    """Its state and its command line, or that it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            state = f.read().rsplit(")", 1)[1].split()[0]
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f"worker {pid}, state {state}: " + f.read().replace(b"\0", b" ").decode()
    except OSError:
        return f"worker {pid}, gone meanwhile"


def _postmaster() -> int:
    with open(os.path.join(os.environ["QRY_SOAK_FOLDER"], "pg", "data", "postmaster.pid"),
              encoding="ascii") as f:
        return int(f.readline())


def _signal(pids: list[int], number: int, dice: random.Random) -> None:
    if not pids:
        return
    try:
        os.kill(dice.choice(pids), number)
    except ProcessLookupError:
        pass


def _backends() -> list[int]:
    main = _postmaster()
    return _processes(lambda parent, command: parent == main and "qry postgres 127" in command)


async def chaos(dice: random.Random, until: float) -> None:
    while time.monotonic() < until:
        await asyncio.sleep(0.5 + dice.random() * 2)
        roll = dice.random()
        if roll < 0.45:
            _signal(workers(), dice.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT]), dice)
        elif roll < 0.55:
            # Nobody wakes it: the host must notice and replace it.
            _signal(workers(), signal.SIGSTOP, dice)
        elif roll < 0.9:
            _signal(_backends(), signal.SIGTERM, dice)
        else:
            # All backends at once: one that is killed makes the server throw out the others.
            _signal(_backends(), signal.SIGKILL, dice)
            await asyncio.sleep(3)
