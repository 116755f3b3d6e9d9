#!/bin/sh
# SPDX-License-Identifier: MIT
# package_test.sh: find_package(idlc) and idlc_generate() from an installed tree, with Ninja and
# Make: the examples build and run, nothing is rebuilt when nothing changed, and an edit rebuilds
# just what depends on it.
. "$(dirname "$0")/lib.sh"
install_product

check_greeter() { # GENERATOR
    dir=$work/greeter-$1
    cp -r "$source_dir/examples/greeter" "$dir"
    run cmake -S "$dir" -B "$dir/build" -G "$2" -DCMAKE_PREFIX_PATH="$prefix"
    run cmake --build "$dir/build"
    serve "$dir/build/greeter_server"
    expect "greeter ($1)" "Hello, Ada" "$("$dir/build/greeter_client" Ada "$address")"
    stop_server
}

# What one more build compiles (object files), generates (idlc) and links.
rebuild() {
    sleep 1.1 # make compares whole seconds on some file systems
    cmake --build "$1" >"$work/rebuild" 2>&1 || { cat "$work/rebuild" >&2; fail "rebuild"; }
    compiled=$(grep -c 'Building C object' "$work/rebuild" || true)
    generated=$(grep -c 'idlc .*\.idl' "$work/rebuild" || true)
}

check_rebuilds() { # NAME GENERATOR
    dir=$work/rebuild-$1
    mkdir -p "$dir/idl"
    cat >"$dir/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.22)
project(rebuild LANGUAGES C)
find_package(idlc REQUIRED)
idlc_generate(TARGET stubs IDL main.idl idl/common.idl IMPORT_DIRS idl)
EOF
    printf 'package common;\nstruct Page < uint32 limit; >\n' >"$dir/idl/common.idl"
    printf 'import "common.idl";\nservice Main < get(common.Page) -> string; >\n' >"$dir/main.idl"
    run cmake -S "$dir" -B "$dir/build" -G "$2" -DCMAKE_PREFIX_PATH="$prefix"
    run cmake --build "$dir/build"

    rebuild "$dir/build"
    expect "$1: nothing changed: compiled" 0 "$compiled"
    expect "$1: nothing changed: generated" 0 "$generated"

    printf '\n' >>"$dir/main.idl"
    rebuild "$dir/build"
    expect "$1: a blank line: generated" 1 "$generated"
    expect "$1: a blank line: compiled" 0 "$compiled"
    rebuild "$dir/build"
    expect "$1: after it: generated" 0 "$generated"

    printf 'package common;\nstruct Page < uint32 limit; string token; >\n' >"$dir/idl/common.idl"
    rebuild "$dir/build"
    expect "$1: an import changed: generated" 2 "$generated"
    [ "$compiled" -gt 0 ] || fail "$1: an import changed: nothing was compiled"

    printf 'import "common.idl";\nservice Main < get(common.Page) -> strng; >\n' >"$dir/main.idl"
    if cmake --build "$dir/build" >"$work/log" 2>&1; then
        fail "$1: a wrong IDL was built"
    fi
    grep -q "main.idl:2:36: error: unknown type 'strng'; did you mean 'string'?" "$work/log" ||
        { cat "$work/log" >&2; fail "$1: the error does not show"; }
}

check_greeter ninja Ninja
check_greeter make "Unix Makefiles"
check_rebuilds ninja Ninja
check_rebuilds make "Unix Makefiles"

# The store, with everything its IDL uses.
dir=$work/kv
cp -r "$source_dir/examples/kv" "$dir"
run cmake -S "$dir" -B "$dir/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
run cmake --build "$dir/build"
serve "$dir/build/kv_server" "$work/kv.db"
kv() { "$dir/build/kv_client" "$address" "$@" 2>&1; }
expect "kv put" "version 1" "$(kv put fruit/apple red sweet round)"
expect "kv put again" "version 2" "$(kv put fruit/apple green sour)"
expect "kv get" 'fruit/apple = "green" (version 2) #sour' "$(kv get fruit/apple)"
expect "kv set" "version 1" "$(kv set count 40)"
expect "kv add" "42" "$(kv add count 2)"
expect "kv add to a text" "add: FAILED_PRECONDITION: 'fruit/apple' is not a number" \
    "$(kv add fruit/apple 1 || true)"
expect "kv overflow" "add: OUT_OF_RANGE: the sum for 'count' overflows" \
    "$(kv add count 9223372036854775807 || true)"
expect "kv put" "version 1" "$(kv put fruit/pear yellow)"
expect "kv find" 'fruit/apple = "green" (version 2) #sour
fruit/pear = "yellow" (version 1)' "$(kv find fruit/)"
expect "kv find 1" 'fruit/apple = "green" (version 2) #sour' "$(kv find fruit/ 1)"
expect "kv stats" "3 keys, 19 bytes
  number: 1
  text: 2
  blob: 0" "$(kv stats)"
expect "kv remove" removed "$(kv remove fruit/pear)"
expect "kv remove again" "there was none" "$(kv remove fruit/pear)"
expect "kv get" "get: NOT_FOUND: no key 'fruit/pear'" "$(kv get fruit/pear || true)"
expect "kv touch" "" "$(kv touch count)"
stop_server

# The others are projects of their own as well; what they do is tested in tests/examples.
for example in chat feed loops upload; do
    dir=$work/$example
    cp -r "$source_dir/examples/$example" "$dir"
    run cmake -S "$dir" -B "$dir/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
    run cmake --build "$dir/build"
done
echo "package: all passed"
