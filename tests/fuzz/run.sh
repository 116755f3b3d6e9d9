#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [--fast | --merge | --afl] [TARGET [TIME]]: fuzzes the compiler and the runtime.
#
#   TARGET    idl, format, compare, template, compile (the compiler), frame, codec, client, server,
#             address (the runtime); all of them one after another if not given
#   TIME      seconds for each, 60 if not given; 0: until there is a finding
#   --fast    without AddressSanitizer (UBSan stays), in build/fuzz-fast: two to three times as many inputs.
#             What they reach is kept where the others begin, so that these run it too.
#   --merge   fuzzes nothing: adds to tests/fuzz/corpus what the grown corpus reaches besides
#   --afl     by AFL++ (Debian: afl++), in build/afl, instead of libFuzzer
#
# The corpus grows in build/fuzz/corpus, findings are in build/<preset>/findings; the tree is touched by
# --merge only. Says at the end how many inputs were run and how much they covered.
set -eu
do=run preset=fuzz
case "${1:-}" in
--fast) preset=fuzz-fast && shift ;;
--merge) do=merge && shift ;;
--afl) do=run_afl preset=afl && shift ;;
esac
runtime="frame codec client server address"
targets=${1:-idl format compare template compile $runtime}
time=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/$preset
grown=$top/build/fuzz/corpus

# Where fuzzing begins: what the other tests are made of, and the corpus.
seed() {
    seeds=$build/seeds/$1
    rm -rf "$seeds"
    mkdir -p "$seeds" "$here/corpus/$1"
    case " $runtime " in *" $1 "*) find "$here/corpus/$1" -type f -exec cp {} "$seeds" \;; return ;; esac
    if [ "$1" = template ]; then
        cp "$top"/templates/*.mako "$seeds"
    else
        for file in $(cd "$top" && find tests examples -name '*.idl'); do
            cp "$top/$file" "$seeds/$(echo "$file" | tr / _)"
        done
    fi
    for case in "$top"/tests/compare/*/; do
        [ "$1" = compare ] && [ -e "$case/new.idl" ] || continue
        { cat "$case/old.idl" && printf '\013' && cat "$case/new.idl"; } >"$seeds/$(basename "$case")"
    done
    find "$here/corpus/$1" -type f -exec cp {} "$seeds" \;
}

# Words of the language, after an option; nothing where there are none.
dictionary() {
    case $1 in
    template) echo "$2$here/template.dict" ;;
    frame | codec | client | server | address) ;;
    *) echo "$2$here/idl.dict" ;;
    esac
}

options() {
    case $1 in
    frame) echo "-max_len=40" ;; # bytes stand for whole frames
    codec | client | server | address) echo "-max_len=256" ;;
    *) echo "-max_len=512 $(dictionary "$1" -dict=)" ;;
    esac
    # Weighing inputs by rare features takes a quarter of the time. A loaded machine is slow: what takes
    # a minute is a finding.
    echo "-entropic=0 -timeout=60 -rss_limit_mb=2048 -artifact_prefix=$build/findings/$1-"
}

# By the code that is reached, not by how often: few files.
merge() {
    before=$(mktemp -d)
    cp -r "$build/seeds/$1/." "$before"
    "$build/tests/fuzz/fuzz_$1" -set_cover_merge=1 -use_counters=0 $(options "$1") \
        "$build/seeds/$1" "$grown/$1" 2>&1 | grep -a 'MERGE-OUTER: [0-9]* new'
    for file in "$build/seeds/$1"/*; do
        [ -e "$before/$(basename "$file")" ] || cp "$file" "$here/corpus/$1"
    done
    rm -rf "$before"
}

run() {
    log=$build/$1.log
    echo "fuzz_$1: $time s, $log"
    "$build/tests/fuzz/fuzz_$1" $(options "$1") -max_total_time="$time" -print_final_stats=1 \
        "$grown/$1" "$build/seeds/$1" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        exit 1
    }
    grep -a -E 'number_of_executed_units|average_exec|DONE' "$log"
}

run_afl() {
    log=$build/$1.log
    echo "fuzz_$1: $time s, $log"
    limit="-V $time"
    [ "$time" -ne 0 ] || limit=
    rm -rf "$build/findings/$1"
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
        AFL_BENCH_UNTIL_CRASH=1 afl-fuzz $limit -m none -t 60000 $(dictionary "$1" "-x ") \
        -i "$build/seeds/$1" -o "$build/findings/$1" -- "$build/tests/fuzz/fuzz_$1" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        exit 1
    }
    grep -E 'execs_done|execs_per_sec|edges_found' "$build/findings/$1/default/fuzzer_stats"
    grep -q 'saved_crashes *: 0$' "$build/findings/$1/default/fuzzer_stats" || {
        echo "a finding: $build/findings/$1/default/crashes" >&2
        exit 1
    }
}

cd "$top"
cmake --preset "$preset" >/dev/null
mkdir -p "$build/findings" "$build/tmp"
export TMPDIR="$build/tmp"
for target in $targets; do
    ninja --quiet -C "$build" "fuzz_$target"
    mkdir -p "$grown/$target"
    seed "$target"
    "$do" "$target"
done
