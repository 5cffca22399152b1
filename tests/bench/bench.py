"""The workloads of tests/bench/run.sh: chooses, measures, prints one table."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import time
from importlib import metadata

import instructions
import rounds
import server
from table import Table
from workloads import ALL

PEERS = ("asyncpg", "adbc-driver-postgresql", "connectorx", "psycopg", "sqlalchemy", "pyarrow")
MODES = {
    "P": "server and client on one CPU",
    "X": "server and client on two CPUs, the best round of each",
    "I": "instructions of the client, a run of many minus a run of few",
}


def conditions(modes: list[str], counts: dict[str, int], markdown: bool) -> str:
    with open("/proc/cpuinfo", encoding="ascii") as f:
        model = next((line.split(":")[1].strip() for line in f if "model name" in line), "?")
    host = subprocess.run(["qry-host", "--version"], capture_output=True, text=True).stdout
    pg = subprocess.run(["psql", "-AtXc", "show server_version", server.uri()],
                        capture_output=True, text=True).stdout
    lines = [
        time.strftime("%Y-%m-%d %H:%M %Z"),
        f"machine: {model}, {os.cpu_count()} CPUs, {platform.platform()}, load "
        f"{os.getloadavg()[0]:.1f}",
        f"versions: {host.strip()}, PostgreSQL {pg.strip()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {metadata.version(name)}" for name in PEERS),
        *(f"mode {mode}: {MODES[mode]}" + (f", {counts[mode]} rounds" if mode in counts else "")
          for mode in modes),
    ]
    return "\n".join(f"- {line}" if markdown else line for line in lines) + "\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run.sh", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__,
        epilog="workloads:\n" + "\n".join(
            f"  {name:<16} {w.number:>2}  {w.title}" for name, w in ALL.items()),
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--mode", choices=MODES, help="default: the one its goals are set for")
    parser.add_argument("--rounds", type=int, help="default 7, in mode X 9")
    parser.add_argument("--markdown", action="store_true", help="the table for RESULTS.md")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in ALL]:
        parser.error(f"no workload is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    return asked


def main() -> int:
    asked = arguments()
    names = asked.names or [name for name, w in ALL.items() if not w.only_named]
    if asked.mode == "I" and not asked.names:
        names = list(instructions.COUNTED)
    counts = {"P": asked.rounds or 7, "X": asked.rounds or 9}
    cpus = sorted(os.sched_getaffinity(0))
    out, modes = Table(), []
    for name in names:
        workload = ALL[name]
        mode = asked.mode or workload.mode
        if mode not in modes:
            modes.append(mode)
        begin = time.monotonic()
        if workload.prepare and mode != "I":
            asyncio.run(workload.prepare())
        server.pin({cpus[0]}, {cpus[0] if mode == "P" else cpus[-1]})
        if mode == "I":
            if name not in instructions.COUNTED:
                raise SystemExit(f"no instructions are counted for {name}, but for "
                                 + ", ".join(instructions.COUNTED))
            out.add(name, instructions.COUNTED[name], mode, instructions.count(name))
        else:
            out.add(name, workload, mode, rounds.interleave(name, workload, counts[mode]))
            if workload.together:
                shared = rounds.interleave(name, workload, counts[mode], together=True)
                out.add(name + ", one process", workload, mode, shared)
        print(f"== {name}, mode {mode}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    print(conditions(modes, counts, asked.markdown))
    print(out.text(asked.markdown))
    return 0 if out.all_met() else 1


if __name__ == "__main__":
    sys.exit(main())
