#!/usr/bin/env bash
# The rules of the SDK, on a server of its own:
#
#   bash tests/plugins/postgresql/conformance.sh CONFORMANCE PLUGIN [OPTION…]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../../samples/postgres.sh"
conformance=$1 plugin=$2
shift 2
work=$(mktemp -d)
stop_postgres() { :; }
trap 'stop_postgres; rm -rf "$work"' EXIT
start_postgres "$work/pg"
umask 077
cat >"$work/params.json" <<END
{
    "params": {"host": "127.0.0.1", "port": $pg_port, "user": "qry", "dbname": "postgres", "sslmode": "disable"},
    "secrets": {"password": "$pg_password"},
    "unreachable": {"port": 1},
    "host_parameter": "host",
    "port_parameter": "port"
}
END
"$conformance" "$plugin" --params "$work/params.json" "$@"
