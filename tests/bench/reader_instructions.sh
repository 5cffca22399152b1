#!/usr/bin/env bash
# Instructions that the PostgreSQL plugin takes for a row of 7 mixed columns, inline, by callgrind:
# a run of 200,000 rows minus one of 1,000. Needs valgrind, and the release build.
#
#   bash tests/bench/reader_instructions.sh [BUILD FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${1:-build/release}
cmake --build "$build" --target bench_postgresql_reader -- --quiet
count() {
    valgrind --tool=callgrind --callgrind-out-file="$build/callgrind.$1" \
        "$build/tests/bench/bench_postgresql_reader" "$1" 1 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
many=$(count 200000)
few=$(count 1000)
echo "$(((many - few) / 199000)) instructions a row ($many for 200,000 rows, $few for 1,000)"
echo "profile: callgrind_annotate $build/callgrind.200000"
