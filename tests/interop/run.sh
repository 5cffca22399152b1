#!/usr/bin/env bash
# Compares with other people's clients and libraries: values, types, and the Arrow capsules that
# pandas, polars, pyarrow and duckdb read. Needs the release build.
#
# A peer that cannot be had is skipped by name; with QRY_REQUIRE_PEERS=1 that is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/support/peers.sh
source .ci/packages.sh
# For the Trino server and its Kerberos realm; without them that suite is skipped by name, or fails when peers are required.
qry_install "${qry_interop_packages[@]}" || true
if ! need_peers; then
    if [ "${QRY_REQUIRE_PEERS:-0}" = 1 ]; then
        echo "error: the peers are required (QRY_REQUIRE_PEERS=1)" >&2
        exit 1
    fi
    echo "skipped: interop with asyncpg, psycopg, pyarrow, pandas, polars, duckdb, gunicorn, celery, prometheus-client, anyio, trino, redshift-connector: not installable here"
    exit 0
fi
source build/release/env.sh
export QRY_BUILD=$PWD/build/release QRY_SOURCE=$PWD PYTHONDONTWRITEBYTECODE=1
"$peers_python" -m pytest -q -p no:cacheprovider tests/interop
