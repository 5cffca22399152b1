"""A process that holds peers of one workload, and runs one of them for each line it is sent.

    child.py WORKLOAD PEER [PEER…]

A line is the peer's name, or "check " and the name when the answer is to be given too. The reply is
a line of JSON: seconds, CPU seconds of this process and of its workers, further figures, answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import usage
from workload import Peer
from workloads import ALL


async def measure(peer: Peer, with_answer: bool) -> dict[str, object]:
    mine, workers = usage.client()
    begin = time.perf_counter()
    result = await peer.run()
    wall = time.perf_counter() - begin
    mine_after, workers_after = usage.client()
    figures = {"wall": wall, "client": mine_after - mine, "worker": workers_after - workers}
    figures |= peer.figures(result)
    answer = await peer.check(result) if with_answer else None
    return {"figures": figures, "answer": answer}


async def serve(workload: str, names: list[str]) -> None:
    peers = {name: ALL[workload].peers[name]() for name in names}
    if len(peers) > 1:
        # glibc maps and unmaps each large block until one has been freed: asyncio's buffers of
        # 256 KiB then cost every query of a client that reads by them two system calls and fresh
        # pages. In a process that has done other things they do not.
        held = bytearray(8 << 20)
        del held
    for peer in peers.values():
        await peer.open()
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = line.strip()
        with_answer = asked.startswith("check ")
        reply = await measure(peers[asked.removeprefix("check ")], with_answer)
        print(json.dumps(reply, default=str), flush=True)
        del reply
    for peer in peers.values():
        await peer.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
