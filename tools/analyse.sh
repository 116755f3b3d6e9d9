#!/bin/sh
# SPDX-License-Identifier: MIT
# analyse.sh: clang-tidy and cppcheck over idlc/ and runtime/, which have to be clean. What they are
# not asked is in .clang-tidy and tools/cppcheck.supp, with reasons. Needs the packages clang-tidy and
# cppcheck, and the build of the preset dev for its compile commands.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
cmake --preset dev >/dev/null
echo "== clang-tidy"
find idlc runtime/src -name '*.c' | xargs -P 2 -n 8 clang-tidy -p build/dev --quiet
echo "== cppcheck"
cppcheck -q -j 2 --enable=warning,performance,portability --std=c11 --error-exitcode=1 \
    --suppressions-list=tools/cppcheck.supp -D_POSIX_C_SOURCE=200809L \
    -I runtime/include -I runtime/src -I idlc idlc runtime/src
