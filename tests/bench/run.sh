#!/usr/bin/env bash
# Measures the release build beside its peers, on a PostgreSQL started for it, and prints one table.
#
#   bash tests/bench/run.sh              all workloads
#   bash tests/bench/run.sh select1 bulk some
#
# Exit status 1 when a goal is missed. Results worth keeping go into tests/bench/RESULTS.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/support/peers.sh
source samples/postgres.sh
need_peers
source build/release/env.sh
work=$(mktemp -d)
stop_postgres() { :; }
trap 'stop_postgres; rm -rf "$work"' EXIT
start_postgres "$work/pg"
export QRY_BENCH_PORT=$pg_port QRY_BENCH_PASSWORD=$pg_password QRY_BENCH_FOLDER=$work
"$peers_python" tests/bench/bench.py "$@"
