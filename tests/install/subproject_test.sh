#!/bin/sh
# SPDX-License-Identifier: MIT
# subproject_test.sh: the source tree inside a larger project, by add_subdirectory: its tests and
# examples stay out, idlc_generate() is there.
. "$(dirname "$0")/lib.sh"
dir=$work/outer
mkdir -p "$dir"
cp "$source_dir"/examples/greeter/*.c "$source_dir"/examples/greeter/greeter.idl "$dir"
cat >"$dir/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.22)
project(outer LANGUAGES C)
add_subdirectory($source_dir idlc EXCLUDE_FROM_ALL)
idlc_generate(TARGET greeter_stubs IDL greeter.idl)
add_executable(greeter_server server.c)
target_link_libraries(greeter_server PRIVATE greeter_stubs)
add_executable(greeter_client client.c)
target_link_libraries(greeter_client PRIVATE greeter_stubs)
EOF
run cmake -S "$dir" -B "$dir/build" -G Ninja
run cmake --build "$dir/build"
serve "$dir/build/greeter_server"
expect greeter "Hello, Ada" "$("$dir/build/greeter_client" Ada "$address")"
stop_server
[ ! -e "$dir/build/idlc/tests" ] || fail "the tests were built too"
echo "subproject: all passed"
