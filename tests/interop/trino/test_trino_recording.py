"""The recording that tests without a Trino use is what a real one says."""

import json
import os
import pathlib

from recording import record, text

KEPT = pathlib.Path(os.environ["QRY_SOURCE"]) / "tests" / "plugins" / "starburst" / "recorded" / "values.json"


def test_the_recording_is_what_a_real_server_says(server, theirs):
    fresh = record(server, theirs)
    if os.environ.get("QRY_RECORD") == "1":
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(text(fresh))
    kept = json.loads(KEPT.read_text())
    assert [(s["sql"], s["values"]) for s in kept["statements"]] == [(s["sql"], s["values"]) for s in fresh["statements"]]
    # In how many replies rows come, and in which order, is the server's whim; what they are is not.
    assert [rows(s) for s in kept["statements"]] == [rows(s) for s in fresh["statements"]]


def rows(statement):
    return sorted((row for reply in statement["replies"] for row in reply.get("data") or []), key=repr)
