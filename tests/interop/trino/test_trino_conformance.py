"""The rules of the SDK, on a real Trino."""

import json
import os
import pathlib
import subprocess


def test_the_driver_keeps_the_rules_of_the_sdk(server, tmp_path):
    build = pathlib.Path(os.environ["QRY_BUILD"])
    params = tmp_path / "trino.json"
    params.write_text(json.dumps({
        "params": {k: str(v) for k, v in server.plain.items()},
        "unreachable": {"port": "1"},
        "host_parameter": "host",
        "port_parameter": "port",
        "queries": {
            "one": {"sql": "select 1 as one", "arrow": "int32", "value": "1"},
            "slow": "select count(*) from tpch.sf1.lineitem a cross join tpch.sf1.lineitem b",
            "many": "select orderkey as n, comment as t from tpch.sf1.orders where orderkey < 600000",
            "error": "select no_such_column_anywhere",
            "no_result": "set session query_priority = 1",
            "types": [
                {"sql": "select true as v", "arrow": "bool", "value": "true"},
                {"sql": "select tinyint '-128' as v", "arrow": "int8", "value": "-128"},
                {"sql": "select bigint '-9223372036854775808' as v", "arrow": "int64", "value": "-9223372036854775808"},
                {"sql": "select double '1.5' as v", "arrow": "double", "value": "1.5"},
                {"sql": "select nan() as v", "arrow": "double", "value": "nan"},
                {"sql": "select decimal '12.50' as v", "arrow": "decimal128(4, 2)", "value": "12.50"},
                {"sql": "select 'Grüße' as v", "arrow": "string", "value": "Grüße"},
                {"sql": "select '' as v", "arrow": "string", "value": ""},
                {"sql": "select X'00ff' as v", "arrow": "binary", "value": "\\x00ff"},
                {"sql": "select date '2024-02-29' as v", "arrow": "date32[day]", "value": "2024-02-29"},
                {"sql": "select cast(null as integer) as v", "arrow": "int32", "value": None},
                {"sql": "select cast(null as decimal(38,5)) as v", "arrow": "decimal128(38, 5)", "value": None},
                {"sql": "select cast(null as varchar) as v", "arrow": "string", "value": None},
            ],
            "echo": [
                {"sql": "select $1", "type": "int64", "value": "-42"},
                {"sql": "select $1", "type": "double", "value": "2.5"},
                {"sql": "select $1", "type": "string", "value": "it's; drop table t; --"},
                {"sql": "select cast($1 as varchar)", "type": "string", "value": None},
            ],
        },
    }))
    plugin = build / "lib" / "qry" / "plugins" / "starburst" / "libqry_starburst.so"
    run = subprocess.run(
        [build / "bin" / "qry-conformance", plugin, "--params", params, "--json"],
        capture_output=True, text=True, check=False,
    )
    report = json.loads(run.stdout)
    wrong = [t for t in report["tests"] if t["result"] not in ("passed", "skipped")]
    assert not wrong, wrong
    assert report["passed"] >= 30
