"""QRY_LOG=trace follows one query by its id, and tells nothing of what it asked."""

import json
import os
import re
import subprocess
import sys

import pytest

LINE = re.compile(r"^\S+ trace (?P<source>.+): query (?P<id>\S+) \+(?P<us>\d+) us: (?P<what>.*)$")

PROGRAM = """
import asyncio, json, sys
import qry_host

async def main(registry, isolation, how):
    async with qry_host.open(registry) as host:
        made = await host.datasources.create("traced", isolation=isolation, **json.loads(how))
        if sys.argv[4] == "cancelled":
            try:
                await made.execute(sys.argv[5], timeout=0.3)
            except qry_host.QueryTimeout:
                return
        result = await made.execute(sys.argv[5], ["argument-made-up"])
        await result.rows()
        print(result.query_id)

asyncio.run(main(*sys.argv[1:4]))
"""


def run(registry, isolation, how, ending, sql, level="trace"):
    """The query's id (empty when it failed) and the log's lines."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, registry, isolation, how, ending, sql],
        env={**os.environ, "QRY_LOG": level},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr.splitlines()


def lines_of(query_id, log):
    """(microseconds, source, what) in the order of their time."""
    found = [LINE.match(line) for line in log]
    mine = [m for m in found if m and m["id"] == query_id]
    assert mine, log
    return sorted(((int(m["us"]), m["source"], m["what"]) for m in mine), key=lambda line: line[0])


def check_order(lines, stages):
    """Each stage (source, start of what) is there, not before the one in front of it in the same
    process. A worker is told how old a query was when it was sent, not how long the sending took, so
    between processes the times are not to be compared."""
    before = {}
    for source, what in stages:
        times = [us for us, s, w in lines if s == source and w.startswith(what)]
        assert times, (source, what, lines)
        process = source.split(",")[0] if source.startswith("worker") else "host"
        assert before.get(process, 0) <= times[0], (source, what, lines)
        before[process] = times[0]


def sqlite(tmp_path):
    return json.dumps(
        {"driver": "sqlite", "params": {"path": str(tmp_path / "a.db"), "mode": "rwc"}}
    )


HOST = [
    ("client", "asked of 'traced'"),
    ("host", "waits for a session of 'traced'"),
    ("host", "has a session"),
    ("host", "sent"),
]
PLUGIN = ["execute is called", "execute has ended"]
ANSWER = [
    ("host", "is executed, 1 columns"),
    ("host", "batch 1, 1 rows, "),
    ("host", "ended"),
]


def test_a_query_is_followed_through_client_host_worker_and_plugin(registry, tmp_path):
    query_id, log = run(
        registry, "process", sqlite(tmp_path), "read", "select $1 as sql_made_up where 1 < 2"
    )
    lines = lines_of(query_id, log)
    worker = "worker sqlite, worker"
    plugin = "worker sqlite, plugin sqlite"
    check_order(lines, HOST + [(worker, "came")] + [(plugin, what) for what in PLUGIN])
    check_order(lines, [(worker, w) for w in ("came", "head sent", "batch sent", "the end sent")])
    check_order(lines, HOST + ANSWER)
    check_order(lines, [("host", "is executed"), ("client", "answered")])
    assert ("host", "its session is free again") in [(s, w) for _, s, w in lines]
    assert not any("made_up" in line or "made-up" in line for line in log)


def test_without_a_worker_the_plugin_is_followed_all_the_same(registry, tmp_path):
    query_id, log = run(registry, "inline", sqlite(tmp_path), "read", "select $1 as sql_made_up")
    lines = lines_of(query_id, log)
    check_order(lines, HOST + [("plugin sqlite", what) for what in PLUGIN] + ANSWER)
    assert not any(source.startswith("worker") for _, source, _ in lines)
    assert not any("made_up" in line or "made-up" in line for line in log)


def test_a_cancel_is_followed_to_the_plugin(registry, tmp_path):
    endless = (
        "with recursive n(i) as (select 1 union all select i + 1 from n) "
        "select count(*) as sql_made_up from n"
    )
    _, log = run(registry, "process", sqlite(tmp_path), "cancelled", endless)
    ids = {m["id"] for m in map(LINE.match, log) if m and m["what"] == "cancel sent"}
    assert len(ids) == 1
    lines = lines_of(ids.pop(), log)
    check_order(
        lines,
        HOST
        + [
            ("host", "QueryTimeout"),
            ("client", "answered with an error"),
            ("host", "cancel sent"),
            ("worker sqlite, worker", "cancel came"),
            ("worker sqlite, plugin sqlite", "execute is cancelled"),
            ("worker sqlite, plugin sqlite", "execute has failed"),
            ("worker sqlite, worker", "failure sent"),
        ],
    )
    # Not before the limit of 300 ms.
    assert next(us for us, _, what in lines if what == "cancel sent") >= 300_000
    assert not any("made_up" in line for line in log)


def test_no_password_is_in_the_trace_of_postgresql(registry, postgres):
    how = json.dumps(
        {"driver": "postgresql", "params": postgres.params, "secrets": postgres.secrets}
    )
    query_id, log = run(registry, "process", how, "read", "select $1::text as sql_made_up")
    check_order(lines_of(query_id, log), HOST + ANSWER)
    for secret in postgres.secrets.values():
        assert not any(secret in line for line in log)
    assert not any("made_up" in line or "made-up" in line for line in log)


@pytest.mark.parametrize("level", ["debug", "warn"])
def test_at_any_other_level_no_query_is_followed(registry, tmp_path, level):
    _, log = run(registry, "process", sqlite(tmp_path), "read", "select $1", level=level)
    assert not [line for line in log if " trace " in line]
