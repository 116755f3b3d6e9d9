#!/bin/sh
# SPDX-License-Identifier: MIT
# subproject_test.sh: the source tree inside a larger project, by add_subdirectory and by
# FetchContent: its tests and examples stay out, idlc_generate() is there. Once as it comes, once
# with the shared runtime, link-time optimisation and --as-needed.
. "$(dirname "$0")/lib.sh"

outer() { # outer NAME HOW-TO-ADD CMAKE_OPTIONS...
    name=$1
    dir=$work/$name
    mkdir -p "$dir"
    cp "$source_dir"/examples/greeter/*.c "$source_dir"/examples/greeter/greeter.idl "$dir"
    cat >"$dir/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.22)
project(outer VERSION 7.1.2 LANGUAGES C)
$2
idlc_generate(TARGET greeter_stubs IDL greeter.idl)
foreach(program server client)
    add_executable(greeter_\${program} \${program}.c)
    target_link_libraries(greeter_\${program} PRIVATE greeter_stubs)
endforeach()
EOF
    shift 2
    run cmake -S "$dir" -B "$dir/build" -G Ninja "$@"
    run cmake --build "$dir/build" -j 2 --target greeter_server greeter_client
    serve "$dir/build/greeter_server"
    expect "greeter ($name)" "Hello, Ada" "$("$dir/build/greeter_client" Ada "$address")"
    stop_server
    [ ! -e "$dir/build/idlc/tests" ] || fail "$name: the tests were built too"
    ! ninja -C "$dir/build" -t targets all | grep -q '^\(uninstall\|package\):' ||
        fail "$name: idlc adds targets to the outer project"
    expect "$name: a second build" "ninja: no work to do." \
        "$(ninja -C "$dir/build" greeter_server greeter_client | tail -n 1)"
}

outer subdirectory "add_subdirectory($source_dir idlc EXCLUDE_FROM_ALL)" -DCMAKE_C_FLAGS=-O0

outer fetched "include(FetchContent)
FetchContent_Declare(idlc SOURCE_DIR $source_dir BINARY_DIR idlc)
FetchContent_MakeAvailable(idlc)" \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed -DIDLC_EXECUTABLE="$build_dir/idlc/idlc"
readelf -d "$work/fetched/build/greeter_client" >"$work/needed"
grep -q 'NEEDED.*libidl-runtime' "$work/needed" || fail "BUILD_SHARED_LIBS does not count"
! grep -q 'NEEDED.*libuv' "$work/needed" || fail "a client needs libuv"
echo "subproject: all passed"
