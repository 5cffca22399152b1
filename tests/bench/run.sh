#!/usr/bin/env bash
# Measures the release build beside its peers, on a PostgreSQL started for it, and prints one table.
#
#   bash tests/bench/run.sh                          all workloads, each in the mode of its goals
#   bash tests/bench/run.sh select1 bulk             some; --help names them
#   bash tests/bench/run.sh --mode X bulk            P one CPU, X two CPUs, I instructions
#   bash tests/bench/run.sh --markdown >>…           the table as RESULTS.md has it
#
# Exit status 1 when a goal is missed. $QRY_BENCH_BUILD is the build to measure (build/release).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source .ci/packages.sh
source tests/support/peers.sh
source samples/postgres.sh
build=${QRY_BENCH_BUILD:-build/release}
[ -e "$build/env.sh" ] || {
    echo "error: there is no build in $build: cmake --preset release, or set QRY_BENCH_BUILD" >&2
    exit 2
}
wanted=(postgresql gcc libc6-dev libpq-dev)
case " $* " in *" I "* | *" --mode=I "*) wanted+=(valgrind) ;; esac
qry_install "${wanted[@]}" >&2
need_peers >&2
source "$build/env.sh"
work=$(mktemp -d)
export PYTHONPYCACHEPREFIX=$work/pycache # clients start with their bytecode, and the tree stays clean
stop_postgres() { :; }
trap 'stop_postgres; rm -rf "$work"' EXIT
start_postgres "$work/pg" >&2
export QRY_BENCH_PORT=$pg_port QRY_BENCH_PASSWORD=$pg_password QRY_BENCH_FOLDER=$work
bash tests/bench/settings.sh "$work/pg"
gcc -O2 -o "$work/limits" -I"$(pg_config --includedir)" tests/bench/limits.c -lpq
gcc -O2 -o "$work/limit_cold" -I"$(pg_config --includedir)" tests/bench/limit_cold.c
"$peers_python" tests/bench/bench.py "$@"
