#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [TARGET [SECONDS]]: fuzzes the compiler: idl, format, compare, template, compile, or
#                  all one after another.
#
#   SECONDS        of each target, 60 if not given; 0: until there is a finding
#   --merge        first: puts what the grown corpus adds into tests/fuzz/corpus, and ends
#
# The corpus grows in build/fuzz/corpus/TARGET, findings are in build/fuzz/findings; the tree is
# not touched but by --merge. Says at the end how many inputs were run and what they covered.
set -eu
merge=
if [ "${1:-}" = --merge ]; then
    merge=1
    shift
fi
targets=${1:-idl format compare template compile}
seconds=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/fuzz

cd "$top"
cmake --preset fuzz >/dev/null
for target in $targets; do
    ninja -C "$build" "fuzz_$target" >/dev/null
done

# What the other tests are made of is where fuzzing begins.
seeds() {
    mkdir -p "$build/seeds/$1"
    case $1 in
    template) cp "$top"/templates/*.mako "$build/seeds/$1" ;;
    compare)
        for case in "$top"/tests/compare/*/; do
            [ -e "$case/new.idl" ] || continue
            { cat "$case/old.idl"; printf '\013'; cat "$case/new.idl"; } \
                >"$build/seeds/$1/$(basename "$case")"
        done
        ;;
    *)
        for file in $(cd "$top" && find tests examples -name '*.idl'); do
            cp "$top/$file" "$build/seeds/$1/$(echo "$file" | tr / _)"
        done
        ;;
    esac
}

options() {
    case $1 in
    template) echo "-max_len=4096 -dict=$here/template.dict" ;;
    idl | format) echo "-max_len=8192 -dict=$here/idl.dict" ;;
    compile | compare) echo "-max_len=4096 -dict=$here/idl.dict" ;;
    esac
    echo "-timeout=60 -rss_limit_mb=2048 -artifact_prefix=$build/findings/$1-"
}

mkdir -p "$build/findings" "$build/tmp"
export TMPDIR=$build/tmp
for target in $targets; do
    seeds "$target"
    grown=$build/corpus/$target
    mkdir -p "$grown" "$here/corpus/$target"
    if [ -n "$merge" ]; then
        "$build/tests/fuzz/fuzz_$target" -merge=1 $(options "$target") \
            "$here/corpus/$target" "$grown" 2>&1 | grep -a '^MERGE-OUTER'
        continue
    fi
    log=$build/$target.log
    echo "fuzz_$target: $seconds s, $log"
    "$build/tests/fuzz/fuzz_$target" $(options "$target") -max_total_time="$seconds" \
        -print_final_stats=1 "$grown" "$here/corpus/$target" "$build/seeds/$target" \
        >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
    grep -a -E 'stat::number_of_executed_units|stat::average' "$log"
    grep -a 'DONE' "$log"
done
