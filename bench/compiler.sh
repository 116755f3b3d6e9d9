#!/bin/sh
# SPDX-License-Identifier: MIT
# compiler.sh [IDLC]: what the compiler costs, beside protoc-c where that is installed.
#
# Both get the same description (large_idl.py). Times are of the processor, the least of RUNS runs
# that take turns; wall time and what else the machine does have no part in them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
idlc=${1:-$here/../build/release/idlc/idlc}
runs=${RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
command -v protoc-gen-c >/dev/null 2>&1 && command -v protoc >/dev/null 2>&1 && other=1 || other=0

# measure NAME COMMAND...: adds "user+system wall kilobytes" to NAME.times
measure()
{
    name=$1
    shift
    /usr/bin/time -a -o "$name.times" -f "%U %S %e %M" "$@"
}

# least NAME: "processor seconds, wall seconds, MB" of the best run
least()
{
    awk '{ cpu = $1 + $2; if (NR == 1 || cpu < best) best = cpu; if (NR == 1 || $3 < wall) wall = $3;
           if ($4 > kb) kb = $4 } END { printf "%.2f s  %.2f s wall  %d MB", best, wall, kb / 1024 }' \
        "$1.times"
}

row()
{
    printf '%-44s %s\n' "$1" "$2"
}

bytes_in()
{
    cat "$1"/* | wc -c | awk '{ printf "%.1f MB", $1 / 1e6 }'
}

generate() # STEM STRUCTS SERVICES [--plain]
{
    python3 "$here/large_idl.py" ${4:-} "$1" "$2" "$3"
    mkdir "$1.idlc" "$1.protoc"
    for run in $(seq "$runs"); do
        rm -f "$1".idlc/*
        measure "$1.idlc" "$idlc" --out "$1.idlc" "$1.idl"
        [ $other = 0 ] || measure "$1.protoc" protoc --c_out="$1.protoc" "$1.proto"
    done
    row "$2 structs, $3 services${4:+, plain}: idlc" "$(least "$1.idlc")  $(bytes_in "$1.idlc") written"
    [ $other = 0 ] || row "  protoc-c" "$(least "$1.protoc")  $(bytes_in "$1.protoc") written"
}

# compile NAME FOLDER: all its C, and the text of it
compile()
{
    for source in "$2"/*.c; do
        measure "$2.cc" gcc -O2 -I"$here/../runtime/include" -I"$2" -c "$source" -o "$source.o"
    done
    row "  gcc -O2, $1" "$(awk '{ cpu += $1 + $2 } END { printf "%.2f s", cpu }' "$2.cc.times")  $(
        size "$2"/*.o | awk 'NR > 1 { text += $1; data += $2 } END {
            printf "%d KB of text, %d KB of data", text / 1000, data / 1000 }')"
}

generate small 20 5
generate subset 200 50
compile idlc subset.idlc
[ $other = 0 ] || compile protobuf-c subset.protoc
generate large 2000 500
generate plain_subset 200 50 --plain
compile idlc plain_subset.idlc
[ $other = 0 ] || compile protobuf-c plain_subset.protoc
generate plain 2000 500 --plain
if [ "${HUGE:-0}" = 1 ]; then
    runs=1
    generate huge 20000 5000
fi
printf 'service Greeter < greet(string name) -> string >\n' >greeter.idl
mkdir greeter
for run in $(seq "$runs"); do
    rm -f greeter/*
    measure greeter "$idlc" --out greeter greeter.idl
done
row "greeter: idlc" "$(least greeter)"
