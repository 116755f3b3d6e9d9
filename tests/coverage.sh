#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh: which lines and branches of the runtime and of the compiler the tests reach, as pages and
# a table for each in build/coverage/report. Fails below 95 % of the lines or 85 % of the branches of
# either. What is left, and why, is in tests/coverage-gaps.md.
#
# Counted is what people have written: not the scanner and the parser, which flex and bison make, nor
# what idlc generates. Not run: what builds with other flags or links the libraries itself (the labels
# build and docs), and cli_messages, in which idlc meets a limit on the size of files: its counts would too.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
sh tools/install-deps.sh coverage
build=build/coverage
cmake --preset coverage >/dev/null
cmake --build --preset coverage
find "$build" -name '*.gcda' -delete
ctest --preset coverage -j 3 -LE 'build|docs' -E '^cli_messages$'
"$build/tests/faults/faults_test" --seed 1 --part 10

# Both reports, whatever the first one says.
status=0
report() {
    name=$1
    shift
    echo "== $name"
    mkdir -p "$build/report/$name"
    gcovr --root . --object-directory "$build" "$@" --fail-under-line 95 --fail-under-branch 85 \
        --html-details "$build/report/$name/index.html" --txt "$build/report/$name.txt" --branches \
        --print-summary "$build" || status=1
}
report runtime --filter runtime/src/ --filter runtime/include/
report compiler --filter idlc/ --filter grammar/
exit $status
