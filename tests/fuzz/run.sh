#!/usr/bin/env bash
# Builds libFuzzer's programs (preset `fuzz`, AddressSanitizer and UBSan) and runs each for a while.
#
#   bash tests/fuzz/run.sh [60s|100000] [TARGET…]
#
# 60s: seconds for each target; 100000: executions. Default: 30s, all targets. New inputs gather in
# build/fuzz/corpus/TARGET; what broke a rule lies in build/fuzz/findings. Ends with 1 if anything did.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source .ci/packages.sh
qry_install "${qry_build_packages[@]}" clang-16 libclang-rt-16-dev llvm-16

limit=30s
if [[ ${1:-} =~ ^[0-9]+s?$ ]]; then
    limit=$1
    shift
fi
if [[ $limit == *s ]]; then
    bound=(-max_total_time="${limit%s}")
else
    bound=(-runs="$limit")
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for folder in tests/fuzz/corpus/*/; do
        targets+=("$(basename "$folder")")
    done
fi

echo "== fuzz: build"
cmake --preset fuzz -DQRY_BUILD_TESTS=ON >/dev/null
cmake --build build/fuzz --target "${targets[@]/#/fuzz_}" -- --quiet
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16
failed=()
for target in "${targets[@]}"; do
    mine=build/fuzz/corpus/$target findings=build/fuzz/findings
    mkdir -p "$mine" "$findings"
    dictionary=tests/fuzz/dictionary/$target.dict
    echo "== fuzz: $target, $limit"
    build/fuzz/tests/fuzz/fuzz_"$target" "${bound[@]}" -dict="$dictionary" -max_len=1024 \
        -timeout=20 -artifact_prefix="$findings/$target-" -print_final_stats=1 -verbosity=0 \
        "$mine" "tests/fuzz/corpus/$target" 2>"$mine.log" || failed+=("$target")
    grep -E "^stat::(number_of_executed_units|average_exec)|broken rule|SUMMARY" "$mine.log" || true
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "error: ${failed[*]}: see build/fuzz/corpus/TARGET.log and build/fuzz/findings" >&2
    exit 1
fi
echo "== fuzz: nothing found"
