#!/bin/sh
# SPDX-License-Identifier: MIT
# analyse.sh: clang-tidy with clang's analyser, cppcheck, and gcc's analyser over idlc/ and runtime/,
# which have to be clean. What they are not asked is in .clang-tidy and tools/cppcheck.supp, and here,
# with reasons. Needs the packages clang-tidy and cppcheck, and the build of the preset dev for what
# is generated. NODES=225000 has clang's analyser follow as many paths as it does by itself: minutes.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
cmake --preset dev >/dev/null
base="-std=c11 -D_POSIX_C_SOURCE=200809L"
compiler="$base -I idlc -I grammar -I build/dev/idlc -DIDLC_VERSION=\"\""
runtime="$base -I runtime/include -I runtime/src -I build/dev/runtime/health"

echo "== clang-tidy"
# A process each: after one file clang's analyser takes the va_list of the next for one that leaks.
tidy="clang-tidy --quiet --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang
    --extra-arg=max-nodes=${NODES:-60000}"
find idlc -name '*.c' | xargs -P 2 -I {} $tidy {} -- $compiler
find runtime/src -name '*.c' | xargs -P 2 -I {} $tidy {} -- $runtime

echo "== cppcheck"
cppcheck -q -j 2 --enable=warning,performance,portability --std=c11 --error-exitcode=1 \
    --suppressions-list=tools/cppcheck.supp -D_POSIX_C_SOURCE=200809L \
    -I runtime/include -I runtime/src -I idlc idlc runtime/src

echo "== gcc -fanalyzer"
analyse="gcc -fanalyzer -Werror -S -o /dev/null"
find idlc -name '*.c' ! -path idlc/arena.c | xargs -P 2 -n 1 $analyse $compiler
find runtime/src -name '*.c' | xargs -P 2 -n 1 $analyse $runtime
# A large block is linked behind the one in use, and taken for lost.
$analyse $compiler -Wno-analyzer-malloc-leak idlc/arena.c
