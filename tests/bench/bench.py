"""The workloads of tests/bench/run.sh.

    bulk        1M rows × 7 columns of PostgreSQL into Arrow, beside ADBC and asyncpg
    select1     SELECT 1 on one warm session, beside asyncpg
    introspect  10,000 tables × 20 columns, beside the same SQL drained by psql
    cold        a new process: import, load the plugin, connect, first row, beside asyncpg
    waiting     1,000 queries waiting for 10 sessions: threads and memory
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys

import common
import workloads


def versions() -> None:
    import importlib.metadata as metadata

    names = ["asyncpg", "adbc-driver-postgresql", "pyarrow", "psycopg"]
    print("peers: " + ", ".join(f"{n} {metadata.version(n)}" for n in names))
    with open("/proc/cpuinfo", encoding="ascii") as f:
        model = next((line.split(":")[1].strip() for line in f if "model name" in line), "?")
    print(f"machine: {platform.platform()}, {model}, {os.cpu_count()} CPUs; "
          f"Python {platform.python_version()}; {common.ROUNDS} rounds")


async def main(names: list[str]) -> int:
    versions()
    chosen = names or list(workloads.ALL)
    unknown = set(chosen) - set(workloads.ALL)
    if unknown:
        raise SystemExit(f"unknown workloads {sorted(unknown)}; there are {sorted(workloads.ALL)}")
    all_lines = []
    for name in chosen:
        all_lines += await workloads.ALL[name]()
    return 0 if common.show(all_lines) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
