#!/usr/bin/env bash
# Installs what the tests need (Debian's packages only), builds, and runs all tests: the shipped
# build with everything, the AddressSanitizer+UBSan build with all C++ tests, the ThreadSanitizer
# build with the concurrent ones.
#
#   bash tests/run.sh               all three
#   bash tests/run.sh release       one preset: release, dev or tsan
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/packages.sh
qry_install "${qry_build_packages[@]}" "${qry_run_packages[@]}" "${qry_test_packages[@]}"

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(release dev tsan)
launcher=()
if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

build() {
    local target=all
    [ "$1" != tsan ] || target=concurrent_tests
    echo "== $1: build"
    cmake --preset "$1" -DQRY_BUILD_TESTS=ON "${launcher[@]}" >/dev/null
    cmake --build --preset "$1" --target "$target" -- --quiet
}

# The next preset is built while the tests of this one run, which wait more than they compute, on
# what CPU they leave.
log=$(mktemp)
builder=
trap '[ -z "$builder" ] || kill -- "-$builder" 2>/dev/null; rm -f "$log"' EXIT
build "${presets[0]}"
for i in "${!presets[@]}"; do
    preset=${presets[i]}
    if [ -n "$builder" ]; then
        built=0
        wait "$builder" || built=$?
        builder=
        cat "$log"
        [ "$built" = 0 ] || exit "$built"
    fi
    if [ $((i + 1)) -lt ${#presets[@]} ]; then
        set -m
        (
            renice -n 19 "$BASHPID" >/dev/null
            build "${presets[i + 1]}"
        ) >"$log" 2>&1 &
        builder=$!
        set +m
    fi
    only=()
    [ "$preset" != tsan ] || only=(-L concurrent)
    echo "== $preset: test"
    # What the fault tests measured: ctest hides what passing tests print.
    export QRY_FIGURES=$PWD/build/$preset/figures.txt
    rm -f "$QRY_FIGURES"
    ctest --preset "$preset" -j "$(nproc)" "${only[@]}"
    if [ -e "$QRY_FIGURES" ]; then cat "$QRY_FIGURES"; fi
done
