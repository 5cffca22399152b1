#!/usr/bin/env bash
# Counts the instructions that a row and a small query cost, and fails when they are more than the
# gates in instructions.py allow. No timing: the answer does not depend on the machine's mood.
# Needs a build: build/release, or the folder that is named.
#
#   bash tests/bench/gates.sh [BUILD]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source .ci/packages.sh
qry_install postgresql valgrind
python3 tests/bench/instructions.py "${1:-build/release}"
