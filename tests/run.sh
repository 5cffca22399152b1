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
for preset in "${presets[@]}"; do
    echo "== $preset: build"
    cmake --preset "$preset" -DQRY_BUILD_TESTS=ON "${launcher[@]}" >/dev/null
    target=all only=()
    [ "$preset" != tsan ] || target=concurrent_tests only=(-L concurrent)
    cmake --build --preset "$preset" --target "$target" -- --quiet
    echo "== $preset: test"
    # What the fault tests measured: ctest hides what passing tests print.
    export QRY_FIGURES=$PWD/build/$preset/figures.txt
    rm -f "$QRY_FIGURES"
    ctest --preset "$preset" -j "$(nproc)" "${only[@]}"
    if [ -e "$QRY_FIGURES" ]; then cat "$QRY_FIGURES"; fi
done
