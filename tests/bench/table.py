"""The one table: a line for each peer, and for each goal the figure beside it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from rounds import Figures
from workload import Goal, Workload

HEADER = ("#", "workload", "mode", "who", "wall", "client", "worker", "server",
          "against", "figure (quartiles)", "goal", "")


@dataclass
class Line:
    cells: tuple[str, ...]
    met: bool | None = None


def seconds(value: float) -> str:
    if value < 0:
        return "-" + seconds(-value)
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1 or unit == "µs":
            return f"{value * factor:.{3 if value * factor < 10 else 1}f} {unit}"
    raise AssertionError


def shown(value: float, unit: str) -> str:
    if unit == "s":
        return seconds(value)
    if unit == "instructions":
        return f"{value:,.1f}"
    return f"{value:.{0 if value == int(value) else 1}f} {unit}".rstrip()


def quartiles(values: list[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    return (statistics.median(ordered), ordered[len(ordered) // 4],
            ordered[-1 - len(ordered) // 4])


class Table:
    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, name: str, workload: Workload, mode: str, figures: Figures) -> None:
        """Mode X compares the best round of each: what disturbs a machine of two CPUs only adds."""
        best = mode == "X"
        for who, of in figures.items():
            self._peer(name, workload, mode, who, figures, best)

    def _peer(
        self, name: str, workload: Workload, mode: str, who: str, figures: Figures, best: bool
    ) -> None:
        of = figures[who]
        middle = (lambda v: min(v)) if best else statistics.median
        unit = "instructions" if mode == "I" else "s"
        cells = [str(workload.number), name, mode, who]
        for key in ("wall", "client", "worker", "server"):
            value = middle(of[key]) / workload.per if of.get(key) else None
            small = key != "wall" and value is not None and value * workload.per < 0.0005
            cells.append("" if value is None or small else shown(value, unit))
        goals = [goal for goal in workload.goals
                 if goal.who == who and (goal.against in figures or not goal.against)
                 and goal.figure in of]
        if not goals:
            self.lines.append(Line((*cells, "", "", "", "")))
        for goal in goals:
            self._goal(cells, goal, workload, figures, best)
            cells = [""] * len(cells)

    def _goal(
        self, cells: list[str], goal: Goal, workload: Workload, figures: Figures, best: bool
    ) -> None:
        values = figures[goal.who][goal.figure]
        if goal.against:
            beside = figures[goal.against][goal.figure]
            if len(beside) < len(values):  # one that takes too long for all rounds
                beside = [statistics.median(beside)] * len(values)
            ratios = [a / b if b else float("inf") for a, b in zip(values, beside)]
            middle, low, high = quartiles(ratios)
            if best:
                middle = min(values) / min(beside)
            figure = f"{middle:.2f} ({low:.2f}–{high:.2f})"
        else:
            per = workload.per if goal.figure == "wall" else 1
            middle, low, high = (value / per for value in quartiles(values))
            figure = shown(middle, goal.unit)
            if low != high:
                figure += f" ({shown(low, goal.unit)}–{shown(high, goal.unit)})"
        against = goal.against or ("" if goal.figure == "wall" else goal.figure)
        if goal.limit == float("inf"):
            self.lines.append(Line((*cells, against, figure, "", "")))
            return
        limit = f"{goal.limit:.2f}" if goal.against else shown(goal.limit, goal.unit)
        met = middle <= goal.limit
        verdict = "met" if met else "MISSED"
        self.lines.append(Line((*cells, against, figure, "≤ " + limit, verdict), met))

    def text(self, markdown: bool) -> str:
        rows = [HEADER, *(line.cells for line in self.lines)]
        if markdown:
            out = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(HEADER)]
            for line in self.lines:
                cells = [*line.cells[:-1], line.cells[-1].replace("MISSED", "**missed**")]
                out.append("| " + " | ".join(cells) + " |")
            return "\n".join(out)
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            for row in rows
        )

    def all_met(self) -> bool:
        return all(line.met is not False for line in self.lines)
