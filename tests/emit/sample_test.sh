#!/bin/sh
# SPDX-License-Identifier: MIT
# sample_test.sh: --emit sample gives a project that builds without a warning and runs as it is, and
# that idlc leaves alone once it has been changed.
. "$(dirname "$0")/../install/lib.sh"
install_product
idlc=$prefix/bin/idlc
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Werror"

# Every IDL of the tests, with every compiler there is.
for case in "$source_dir"/tests/golden/*/ "$source_dir"/tests/emit/ "$source_dir"/tests/codec/; do
    [ ! -e "$case/expected.txt" ] || continue
    ls "$case"/*.idl >/dev/null 2>&1 || continue
    out=$work/compile/$(basename "$case")
    (cd "$case" && run "$idlc" --emit types,sample,client,server -o "$out" ./*.idl)
    for compiler in gcc clang; do
        command -v $compiler >/dev/null || continue
        run $compiler -std=c11 $warnings -I"$prefix/include" -I"$out" -fsyntax-only \
            "$out"/*_sample/*.c
    done
done

# Every method is called once, and each call says something.
check() { # STEM CALLS
    dir=$work/$1
    (cd "$dir" && run "$idlc" ./*.idl && run "$idlc" --emit sample "$1.idl")
    run cmake -S "$dir/$1_sample" -B "$dir/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_FLAGS="$warnings"
    run cmake --build "$dir/build"
    serve "$dir/build/server"
    "$dir/build/client" "$address" >"$work/said" 2>"$work/complaints" ||
        { cat "$work/said" "$work/complaints" >&2; fail "$1: the client failed"; }
    [ ! -s "$work/complaints" ] || { cat "$work/complaints" >&2; fail "$1: complaints"; }
    expect "$1: calls" "$2" "$(sed 's/:.*//' "$work/said" | sort -u | wc -l)"
    stop_server
}

mkdir "$work/greeter" "$work/kv" "$work/store"
cp "$source_dir/examples/greeter/greeter.idl" "$work/greeter"
cp "$source_dir/examples/kv/kv.idl" "$work/kv"
cp "$source_dir"/tests/golden/store/*.idl "$work/store"
check greeter 1
check kv 8
check store 10

# What the user has not touched may come again; what he has, stays, and nothing else is written.
cd "$work/store"
run "$idlc" --emit sample store.idl
echo "/* mine */" >>store_sample/server.c
cp store_sample/server.c mine.c
rm store_sample/client.c
if "$idlc" --emit sample store.idl 2>messages; then
    fail "a changed sample was written over"
fi
grep -q "'store_sample/server.c' was changed by hand" messages ||
    { cat messages >&2; fail "the message about a changed sample"; }
cmp mine.c store_sample/server.c
[ ! -e store_sample/client.c ] || fail "half of a sample was written"
run "$idlc" store.idl
echo "samples: fine"
