"""What a real Trino replies, and what its own client makes of it: kept for the tests that have no Trino.

    QRY_RECORD=1 bash tests/interop/run.sh    writes tests/plugins/starburst/recorded/values.json anew
"""

from __future__ import annotations

import json
import urllib.request

from cells import INSTANTS, SAME, columns, shape
from trino_server import VERSION

STATEMENTS = [
    columns([e for e in SAME if "100000" not in e]),
    columns(INSTANTS),
    "select orderkey, totalprice, orderdate, comment from tpch.tiny.orders where orderkey < 1000",
    "select * from tpch.tiny.nation where false",
    "select 1 / (regionkey - 1) from tpch.tiny.nation",
]


def replies_of(server, sql):
    """Each reply, without addresses and figures that differ from run to run."""
    headers = {"X-Trino-User": server.user, "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/v1/statement", data=sql.encode(), headers=headers
    )
    out = []
    while request is not None:
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = json.load(answer)
        following = body.pop("nextUri", None)
        request = urllib.request.Request(following, headers=headers) if following else None
        for gone in ("infoUri", "partialCancelUri"):
            body.pop(gone, None)
        body["id"] = "20240229_120000_00001_abcde"
        body["stats"] = {"state": body["stats"]["state"]}
        if "error" in body:
            body["error"].pop("failureInfo", None)
        # Long runs of replies without anything in them say nothing more than one does.
        if out and body == out[-1] and "data" not in body:
            continue
        out.append(body)
    return out


def text(recording):
    """A line each reply, so that a change of one can be read."""
    lines = ['{"version": %s, "statements": [' % json.dumps(recording["version"])]
    for n, statement in enumerate(recording["statements"]):
        lines.append("," * (n > 0) + '{"sql": %s,' % json.dumps(statement["sql"], ensure_ascii=False))
        lines.append('"values": %s, "replies": [' % json.dumps(statement["values"], ensure_ascii=False))
        lines.append(",\n".join(json.dumps(reply, ensure_ascii=False) for reply in statement["replies"]) + "]}")
    return "\n".join(lines) + "\n]}\n"


def record(server, theirs):
    statements = []
    for sql in STATEMENTS:
        try:
            values = repr([shape(row) for row in theirs(sql)])
        except Exception as e:  # what its own client raises is its own
            values = f"error {e.error_name}"
        statements.append({"sql": sql, "replies": replies_of(server, sql), "values": values})
    return {"version": VERSION, "statements": statements}
