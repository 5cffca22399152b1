#!/usr/bin/env bash
# The rules of the SDK, on a server of its own that answers as Redshift does:
#
#   bash tests/plugins/redshift/conformance.sh CONFORMANCE PLUGIN [OPTION…]
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../../support/redshift_server/start.sh"
conformance=$1 plugin=$2
shift 2
work=$(mktemp -d)
trap 'stop_redshift; rm -rf "$work"' EXIT
start_redshift "$work" digest
cat >"$work/params.json" <<END
{
    "params": {"host": "localhost", "port": $redshift_port, "user": "ada", "database": "postgres", "sslrootcert": "$work/ca.pem"},
    "secrets": {"password": "$redshift_password"},
    "unreachable": {"host": "127.0.0.1", "port": 1},
    "host_parameter": "host",
    "port_parameter": "port",
    "queries": {
        "one": {"sql": "select 1 as one", "arrow": "int32", "value": "1"},
        "slow": "select count(*) from (select pg_sleep(60)) s",
        "many": "select g as n, 'row ' || g::varchar as t from generate_series(1, 120000) g",
        "error": "select no_such_column_anywhere",
        "no_result": "set statement_timeout to 0",
        "types": [
            {"sql": "select true as v", "arrow": "bool", "value": "true"},
            {"sql": "select 32767::smallint as v", "arrow": "int16", "value": "32767"},
            {"sql": "select '-9223372036854775808'::bigint as v", "arrow": "int64", "value": "-9223372036854775808"},
            {"sql": "select 1.5::real as v", "arrow": "float", "value": "1.5"},
            {"sql": "select 'NaN'::float8 as v", "arrow": "double", "value": "nan"},
            {"sql": "select 12.5::numeric(10,2) as v", "arrow": "decimal128(10, 2)", "value": "12.50"},
            {"sql": "select null::numeric(38,37) as v", "arrow": "decimal128(38, 37)", "value": null},
            {"sql": "select 'Grüße'::varchar as v", "arrow": "string", "value": "Grüße"},
            {"sql": "select ''::varchar as v", "arrow": "string", "value": ""},
            {"sql": "select '2024-02-29'::date as v", "arrow": "date32[day]", "value": "2024-02-29"},
            {"sql": "select '12:34:56.5'::time as v", "arrow": "time64[us]", "value": "12:34:56.5"},
            {"sql": "select '00ff'::varbyte as v", "arrow": "binary", "value": "\\\\x00ff"},
            {"sql": "select '[1,2]'::super as v", "arrow": "string", "value": "[1,2]"},
            {"sql": "select null::super as v", "arrow": "string", "value": null},
            {"sql": "select null::timestamp as v", "arrow": "timestamp[us]", "value": null}
        ],
        "echo": [
            {"sql": "select \$1::bigint", "type": "int64", "value": "-42"},
            {"sql": "select \$1::float8", "type": "double", "value": "2.5"},
            {"sql": "select \$1::varchar", "type": "string", "value": "it's; drop table t; --"},
            {"sql": "select \$1::varchar", "type": "string", "value": null}
        ]
    }
}
END
chmod 600 "$work/params.json"
"$conformance" "$plugin" --params "$work/params.json" "$@"
