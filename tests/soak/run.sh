#!/usr/bin/env bash
# Queries under random crashes, freezes, restarts and cancels, for ten minutes (or so many seconds):
# every query must end exactly once and on time, and memory, descriptors and threads stay flat.
# Needs the release build. Exit status 1, with the reasons, when something did not hold.
#
#   bash tests/soak/run.sh                  600 seconds, a new seed each time (it is printed)
#   bash tests/soak/run.sh 3600 --seed 7    an hour, the same random choices again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source samples/postgres.sh
source build/release/env.sh
work=$(mktemp -d)
stop_postgres() { :; }
trap 'stop_postgres; rm -rf "$work"' EXIT
start_postgres "$work/pg"
# At once: it may be in the middle of recovering from a fault.
stop_postgres() { kill -QUIT "$(head -n 1 "$work/pg/data/postmaster.pid")" 2>/dev/null || true; }
export QRY_SOAK_PORT=$pg_port QRY_SOAK_PASSWORD=$pg_password QRY_SOAK_FOLDER=$work
export QRY_PLUGIN_PATH="$PWD/build/release/tests/faults/tree:$QRY_PLUGIN_PATH"
/usr/bin/python3 tests/soak/soak.py "$@"
