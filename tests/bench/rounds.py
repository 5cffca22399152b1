"""Rounds with the peers interleaved: A B C A B C …, each in a process of its own."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import defaultdict

import server
import usage
from workload import Workload

HERE = os.path.dirname(os.path.abspath(__file__))

# By peer: by figure: one value a round.
Figures = dict[str, dict[str, list[float]]]


class Child:
    def __init__(self, workload: str, names: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "child.py"), workload, *names],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        self.what = f"{workload}: {', '.join(names)}"
        self._line()

    def _line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.what}: ended with status {self.process.wait()}")
        return line

    def ask(self, line: str) -> dict[str, object]:
        before = usage.server(server.postmaster())
        self.process.stdin.write(line + "\n")
        reply = json.loads(self._line())
        reply["figures"]["server"] = usage.server(server.postmaster()) - before
        return reply

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def same(a: object, b: object) -> bool:
    """Floats as close as different ways to add them up allow."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(float(a), float(b), rel_tol=1e-9)
    return a == b


def compare(name: str, answers: dict[str, object]) -> None:
    told = {who: answer for who, answer in answers.items() if answer is not None}
    first = next(iter(told), None)
    for who, answer in told.items():
        if not same(answer, told[first]):
            raise SystemExit(f"{name}: {who} and {first} disagree:\n{answer}\n{told[first]}")


def interleave(name: str, workload: Workload, rounds: int, together: bool = False) -> Figures:
    """One warm-up of each, whose answers are compared, then the rounds."""
    figures: Figures = {who: defaultdict(list) for who in workload.peers}
    rounds *= workload.times
    # What is not one of the peers of this many rounds stays away from those that come after it.
    children: dict[str, Child] = {}
    if together:
        shared = Child(name, list(workload.peers))
        children = dict.fromkeys(workload.peers, shared)
    elif not workload.fresh:
        children = {who: Child(name, [who]) for who in workload.peers}

    def once(who: str, first: bool) -> dict[str, object]:
        child = children.get(who) or Child(name, [who])
        try:
            return child.ask(f"check {who}" if first else who)
        finally:
            if who not in children:
                child.close()

    def add(who: str, reply: dict[str, object]) -> None:
        for key, value in reply["figures"].items():
            figures[who][key].append(value)

    answers = {}
    for who in workload.peers:
        reply = once(who, True)
        answers[who] = reply["answer"]
        if workload.few.get(who) == 0:
            add(who, reply)
    compare(name, answers)
    for done in range(rounds):
        for who in workload.peers:
            if done < workload.few.get(who, rounds):
                add(who, once(who, False))
    for child in {id(c): c for c in children.values()}.values():
        child.close()
    return figures
