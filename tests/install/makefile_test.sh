#!/bin/sh
# SPDX-License-Identifier: MIT
# makefile_test.sh: examples/makefile from an installed tree, with make, pkg-config and idlc
# --depfile alone: against the shared library and the static one; and what an edit builds again.
. "$(dirname "$0")/lib.sh"
install_product
use_pkgconfig

dir=$work/greeter
cp -r "$source_dir/examples/makefile" "$dir"

# What one more make runs: idlc for which IDL files, and which objects it compiles.
again() {
    sleep 1.1 # whole seconds on some file systems
    make -C "$dir" all >"$work/again" 2>&1 || { cat "$work/again" >&2; fail "make"; }
    generated=$(sed -n 's/.*idlc .* \([a-z]*\)\.idl$/\1/p' "$work/again" | sort | tr '\n' ' ')
    compiled=$(sed -n 's/.* -c -o \([^ ]*\) .*/\1/p' "$work/again" | sort | tr '\n' ' ')
}

expect_again() { # WHAT GENERATED COMPILED
    again
    expect "$1: generated" "$2" "$generated"
    expect "$1: compiled" "$3" "$compiled"
    make -s -C "$dir" -q all || fail "$1: make would build again"
}

greets() { # NAME LIBRARY_PATH
    LD_LIBRARY_PATH=$2
    export LD_LIBRARY_PATH
    serve "$dir/server"
    expect "$1" "Hello, Ada" "$("$dir/client" Ada "$address")"
    expect "$1, with a title" "Good day, Dr Ada" "$("$dir/client" Ada "$address" Dr)"
    stop_server
}

run make -C "$dir" -j2 all
greets shared "$libdir"
expect_again "nothing changed" "" ""

all_stubs="gen/greeter_client.o gen/greeter_server.o gen/greeter_types.o"
printf '// The end.\n' >>"$dir/greeter.idl"
expect_again "the IDL" "greeter " "client.o $all_stubs server.o "
printf '// The end.\n' >>"$dir/person.idl"
expect_again "the import" "greeter person " "client.o $all_stubs gen/person_types.o server.o "
rm "$dir/gen/greeter_types.h"
again
expect "a lost header: generated" "greeter " "$generated"

printf 'service Greeter < greet(strng who) -> string >\n' >"$dir/greeter.idl"
if make -C "$dir" all >"$work/log" 2>&1; then
    fail "a wrong IDL was built"
fi
grep -q "^greeter.idl:1:25: error: unknown type 'strng'" "$work/log" ||
    { cat "$work/log" >&2; fail "the error does not show"; }
cp "$source_dir/examples/makefile/greeter.idl" "$dir"

# What the README shows.
readme=$work/readme
mkdir "$readme"
cp "$source_dir"/examples/greeter/*.c "$source_dir/examples/greeter/greeter.idl" "$readme"
sed -n '/^```make$/,/^```$/{ /^```/!p; }' "$source_dir/README.md" >"$readme/Makefile"
(
    PATH=$prefix/bin:$PATH
    run make -C "$readme" server client
    make -s -C "$readme" -q server client || fail "README: make would build again"
    touch "$readme/greeter.idl"
    ! make -s -C "$readme" -q server client || fail "README: make does not see an edit"
)

rm -f "$libdir"/libidl-runtime.so*
run make -C "$dir" clean
run make -C "$dir" -j2 STATIC=--static all
greets static ""
echo "makefile: all passed"
