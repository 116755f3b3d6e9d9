#!/bin/sh
# SPDX-License-Identifier: MIT
# analyse.sh: clang-tidy, cppcheck and gcc's analyser over idlc/ and runtime/, which have to be clean.
# What they are not asked is in .clang-tidy and tools/cppcheck.supp, and here, with reasons. Needs the
# packages clang-tidy and cppcheck, and the build of the preset dev for its compile commands.
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

echo "== gcc -fanalyzer"
analyse="gcc -std=c11 -D_POSIX_C_SOURCE=200809L -I runtime/include -I build/dev/runtime/health
    -DIDLC_VERSION=\"\" -fanalyzer -Werror -S -o /dev/null"
find idlc runtime/src -name '*.c' ! -path idlc/arena.c | xargs -P 2 -n 1 $analyse
# A large block is linked behind the one in use, and taken for lost.
$analyse -Wno-analyzer-malloc-leak idlc/arena.c
