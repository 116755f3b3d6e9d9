#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [PRESET...]: installs what is missing, builds, and runs every test. The default presets are
# dev (everything), asan (everything again under ASan and UBSan), tsan (the threaded tests), fuzz (each
# fuzzer for three seconds), release (what users get: optimised, without assertions; and a minute of
# tests/soak), and of tests/foreign i386 (32 bits), which compares with the build of dev. By name only,
# for its time: s390x (big-endian, emulated), which does so too.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
sh tools/install-deps.sh test

[ $# -gt 0 ] || set -- dev asan tsan fuzz release i386
for preset; do
    case $preset in
    i386 | s390x) sh tests/foreign/run.sh "$preset"; continue ;;
    esac
    echo "== $preset"
    [ "$preset" = fuzz ] && { sh tests/fuzz/run.sh "" 3; continue; }
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    [ "$preset" != dev ] || sh tools/analyse.sh
    case $preset in
    tsan) only="-L rpc|e2e|bench|hostile" ;;
    asan) only="-LE build" ;;
    release) only="-L core|rpc|e2e|codec|cli -LE build|valgrind" ;;
    *) only= ;;
    esac
    # A machine that is busy with other things may upset a test that watches the clock: once more.
    ctest --preset "$preset" -j 3 --repeat until-pass:2 $only
    [ "$preset" != release ] || build/release/tests/soak/soak_test --seconds 60
done
