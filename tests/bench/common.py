"""What the workloads share: rounds with the peers interleaved, medians of paired ratios, a table."""

from __future__ import annotations

import os
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

ROUNDS = int(os.environ.get("QRY_BENCH_ROUNDS", "7"))

HOST = "127.0.0.1"
PORT = int(os.environ.get("QRY_BENCH_PORT", "5432"))
USER = "qry"
PASSWORD = os.environ.get("QRY_BENCH_PASSWORD", "")
DATABASE = "postgres"
URI = f"postgresql://{USER}:{PASSWORD.replace('/', '%2F').replace('+', '%2B')}@{HOST}:{PORT}/{DATABASE}"

BULK_ROWS = 1_000_000
BULK = "select id, big, ratio, amount, label, at, flag from bulk"
SETUP = f"""
create table if not exists bulk as
select g::int4 as id, g::int8 * 1000003 as big, g / 7.0::float8 as ratio,
       (g % 100000 * 1.01)::numeric(12, 2) as amount, 'label ' || g % 1000 as label,
       timestamptz '2024-01-01' + g * interval '1 second' as at, g % 3 = 0 as flag
from generate_series(1, {BULK_ROWS}) g;
"""

# A measured call gives seconds, and something that must be equal for all peers.
Measured = Callable[[], Awaitable[tuple[float, object]]]


@dataclass
class Line:
    workload: str
    who: str
    seconds: list[float]
    goal: str = ""
    ratio: float | None = None
    met: bool | None = None
    spread: tuple[float, float] = field(default=(0.0, 0.0))


async def interleave(rounds: int, peers: dict[str, Measured]) -> dict[str, list[float]]:
    """One warm-up of each, then A B C A B C …; the answers must agree."""
    times: dict[str, list[float]] = {name: [] for name in peers}
    answers = {name: (await run())[1] for name, run in peers.items()}
    if len({repr(a) for a in answers.values()}) != 1:
        raise SystemExit(f"the peers disagree: {answers}")
    for _ in range(rounds):
        for name, run in peers.items():
            times[name].append((await run())[0])
    return times


# How many times as long one may take as another: {who: (against, goal)}.
Goals = dict[str, tuple[str, float]]


def lines(workload: str, times: dict[str, list[float]], goals: Goals) -> list[Line]:
    """A ratio is the median of the paired ratios."""
    out = []
    for who, seconds in times.items():
        line = Line(workload, who, seconds)
        if who in goals:
            against, goal = goals[who]
            ratios = sorted(a / b for a, b in zip(seconds, times[against]))
            line.ratio = statistics.median(ratios)
            line.spread = (ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4])
            line.goal = f"≤ {goal:.2f} × {against}"
            line.met = line.ratio <= goal
        out.append(line)
    return out


def show(all_lines: list[Line]) -> bool:
    """Prints the table; True when every goal was met."""
    print(f"{'workload':<22} {'who':<26} {'median':>12} {'ratio (quartiles)':>22}  goal")
    for line in all_lines:
        median = statistics.median(line.seconds)
        shown = f"{median * 1e3:.3f} ms" if median < 1 else f"{median:.3f} s"
        ratio = ""
        if line.ratio is not None:
            ratio = f"{line.ratio:.2f} ({line.spread[0]:.2f}–{line.spread[1]:.2f})"
        verdict = "" if line.met is None else ("  met" if line.met else "  MISSED")
        print(f"{line.workload:<22} {line.who:<26} {shown:>12} {ratio:>22}  {line.goal}{verdict}")
    return all(line.met is not False for line in all_lines)
