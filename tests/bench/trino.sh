#!/usr/bin/env bash
# Measures the Starburst driver of the release build: its reader in memory, its rows beside the `trino`
# package's on replayed pages, and on a real Trino beside a plain download of the same pages.
#
#   bash tests/bench/trino.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source .ci/packages.sh
source tests/support/peers.sh
qry_install "${qry_interop_packages[@]}" >&2
need_peers >&2
cmake --build build/release --target bench_trino_pages -- --quiet
source build/release/env.sh
export PYTHONDONTWRITEBYTECODE=1
build/release/tests/bench/bench_trino_pages "$@"
"$peers_python" tests/bench/trino_pages.py "$@"
"$peers_python" tests/bench/trino_download.py "$@"
