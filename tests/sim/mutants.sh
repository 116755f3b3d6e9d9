#!/bin/sh
# SPDX-License-Identifier: MIT
# mutants.sh TREE CC RUNTIME.a SEEDS OBJECT...: shows that the simulation finds bugs. Each patch of
# mutants/ plants one in a copy of a file of the runtime; a simulation is linked with that file, and
# has to fail within SEEDS seeds. The objects are the simulation's.
set -eu
tree=$1 cc=$2 runtime=$3 seeds=$4
shift 4
objects=$*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0 count=0
compiler_flags="-std=c11 -g -D_POSIX_C_SOURCE=200809L ${SIM_FLAGS:-}"

# Links a simulation with this file in place of the runtime's, and runs it. What it says is in log.
simulate() {
    $cc $compiler_flags -I "$tree/runtime/include" -I "$tree/runtime/src" -c "$1" -o "$work/file.o"
    $cc ${SIM_FLAGS:-} $objects "$work/file.o" "$runtime" -o "$work/sim" $(pkg-config --libs libuv) -lpthread
    "$work/sim" --fixed "$seeds" --fresh 0 --patience 8 >"$work/log" 2>&1
}
# As it is it has no bug that the simulation knows.
simulate "$tree/runtime/src/conn.c" || { cat "$work/log"; exit 1; }
for patch in "$tree"/tests/sim/mutants/*.patch; do
    name=$(basename "$patch" .patch)
    file=$(sed -n 's|^--- a/||p' "$patch")
    mkdir -p "$work/$(dirname "$file")"
    cp "$tree/$file" "$work/$file"
    if ! patch -s -p1 -d "$work" <"$patch"; then
        echo "$name: does not apply to $file any more: plant it again"
        exit 1
    fi
    count=$((count + 1))
    if simulate "$work/$file"; then
        echo "$name: not found in $seeds seeds"
        missed=$((missed + 1))
    else
        seed=$(sed -n 's/^seed \([0-9]*\) has failed.*/\1/p' "$work/log" | head -n 1)
        echo "$name: found by seed $seed: $(sed -n '/^ *[0-9]*\.[0-9]/p' "$work/log" | head -n 1)"
    fi
done
echo "$((count - missed)) of $count found"
[ "$missed" -eq 0 ] && [ "$count" -ge 10 ]
