#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [quick] [OPTION...]: builds and runs the comparison of bench/compare.py: about 15 minutes,
# quick: two. Options go to compare.py, such as --loads seq,flight --place same.
#
# The table is printed; it, results.json and a plot are left in build/release/bench/results.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/build/release
if [ "${1:-}" = quick ]; then
    shift
    set -- --quick "$@"
fi
cd "$top"
cmake --preset release -DIDLC_BUILD_BENCH=ON | grep 'bench:' >&2 || :
cmake --build --preset release --target bench >&2
"$build/bench/codec_bench"
python3 "$here/compare.py" "$build/bench" --out "$build/bench/results" "$@"
python3 "$here/plot.py" "$build/bench/results/results.json" "$build/bench/results/results.svg"
