"""Mode I: instructions of the PostgreSQL plugin by callgrind, a run of many minus a run of few.

    instructions.py BUILD     prints what is counted beside the gates; exit status 1 when one is passed

The plugin runs inline in a C++ program, without Python: what is left depends on the code, the
compiler and libpq alone, and repeats to 0.1 %.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from workload import Goal, Workload

# By workload: the program, many, few.
PROGRAMS = {
    "bulk": ("bench_postgresql_reader", 200_000, 1_000),
    "select1": ("bench_postgresql_statements", 3_000, 1_000),
}

# What no change may pass: a figure that was reached, and 3 %.
GATES = {"bulk": 428.0, "select1": 30_850.0}

COUNTED = {
    "bulk": Workload(
        1, "a row of 7 mixed columns", {},
        [Goal("inline", 350, figure="instructions", unit="instructions")],
    ),
    "select1": Workload(
        6, "SELECT 1", {},
        [Goal("inline", float("inf"), figure="instructions", unit="instructions")],
    ),
}


def _instructions(program: str, size: int) -> int:
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={program}.callgrind", program,
         str(size)],
        capture_output=True, text=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"{program} {size}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return int(found[1])


def count(name: str, build: str | None = None) -> dict[str, dict[str, list[float]]]:
    program, many, few = PROGRAMS[name]
    build = build or os.environ.get("QRY_BENCH_BUILD", "build/release")
    subprocess.run(["cmake", "--build", build, "--target", program, "--", "--quiet"], check=True)
    path = os.path.join(build, "tests", "bench", program)
    more = _instructions(path, many) - _instructions(path, few)
    return {"inline": {"instructions": [more / (many - few)]}}


def main() -> int:
    passed = 0
    for name, gate in GATES.items():
        value = count(name, sys.argv[1])["inline"]["instructions"][0]
        verdict = "ok" if value <= gate else "PASSED"
        passed += value > gate
        print(f"{name}: {value:,.0f} instructions for {COUNTED[name].title}, gate {gate:,.0f}: {verdict}")
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
