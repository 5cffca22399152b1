"""Queries under random faults; see run.sh."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time

import qry_host

import faults
import queries
import watch


async def main(seconds: float, seed: int) -> int:
    dice = random.Random(seed)
    print(f"soak: {seconds:g} s, seed {seed}", flush=True)
    ledger = queries.Ledger()
    async with qry_host.open(":memory:", jwt_secret_key="soak") as host:
        sources = await queries.datasources(host)
        until = time.monotonic() + seconds
        gauges = watch.Gauges()
        work = [
            asyncio.create_task(queries.ask(source, kind, ledger, random.Random(dice.random()), until))
            for source, kinds in sources.items()
            for kind in kinds
            for _ in range(4)
        ]
        chaos = asyncio.create_task(faults.chaos(random.Random(dice.random()), until))
        watching = asyncio.create_task(gauges.watch(until))
        await asyncio.gather(*work, chaos, watching)
        problems = ledger.problems() + gauges.problems()
        problems += await queries.left_over(sources)
        print(ledger.report())
        print(gauges.report())
    problems += watch.left()
    for problem in problems:
        print(f"PROBLEM: {problem}")
    print("soak: " + ("everything held" if not problems else f"{len(problems)} problems"))
    return 1 if problems else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float, nargs="?", default=600)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    chosen = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    sys.exit(asyncio.run(main(options.seconds, chosen)))
