#!/bin/sh
# SPDX-License-Identifier: MIT
# generate_test.sh: idlc_generate() from an installed tree, with Ninja and Make: what runs idlc
# again (templates, options, idlc itself), what is said of wrong arguments, programs in C++, and
# the shared runtime.
. "$(dirname "$0")/lib.sh"
install_product
package_dir=$(dirname "$(find "$prefix" -name idlcConfig.cmake)")

# ---- Wrong arguments ----

refuses() { # refuses MESSAGE ARGUMENTS
    printf 'include(%s/IdlcGenerate.cmake)\nidlc_generate(%s)\n' "$package_dir" "$2" \
        >"$work/wrong.cmake"
    if cmake -P "$work/wrong.cmake" >"$work/log" 2>&1; then
        fail "idlc_generate($2) is taken"
    fi
    tr -s ' \n' ' ' <"$work/log" | grep -qF "idlc_generate: $1" ||
        { cat "$work/log" >&2; fail "idlc_generate($2) does not say: $1"; }
}
refuses "TARGET and IDL are needed" ""
refuses "TARGET and IDL are needed" "TARGET stubs"
refuses "TARGET and IDL are needed" "IDL a.idl"
refuses "unknown arguments: a.idl" "a.idl TARGET stubs IDL b.idl"
refuses "nothing behind: IDL" "TARGET stubs IDL"
refuses "nothing behind: TEMPLATES" "TARGET stubs IDL a.idl TEMPLATES"
refuses "EMIT takes types, client and server, not 'stubs'" "TARGET stubs IDL a.idl EMIT types stubs"
refuses "stubs are C: add C to the LANGUAGES of project()" "TARGET stubs IDL a.idl"

# The rest needs a project.
mkdir "$work/refused"
: >"$work/refused/a.idl"
refuses_project() { # refuses_project MESSAGE CALLS
    printf 'cmake_minimum_required(VERSION 3.22)\nproject(refused LANGUAGES C)\n%s\n%s\n' \
        'find_package(idlc REQUIRED)' "$2" >"$work/refused/CMakeLists.txt"
    if cmake -S "$work/refused" -B "$work/refused/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
        >"$work/log" 2>&1; then
        fail "$2 is taken"
    fi
    tr -s ' \n' ' ' <"$work/log" | grep -qF "idlc_generate: $1" ||
        { cat "$work/log" >&2; fail "$2 does not say: $1"; }
}
refuses_project "there is no IDL file '$work/refused/b.idl'" "idlc_generate(TARGET x IDL b.idl)"
refuses_project "two IDL files are named 'a'" "idlc_generate(TARGET x IDL a.idl ./a.idl)"
refuses_project "there is no folder '$work/refused/mine' of templates" \
    "idlc_generate(TARGET x IDL a.idl TEMPLATES mine)"
refuses_project "there is a target 'x' already" \
    "idlc_generate(TARGET x IDL a.idl)
     idlc_generate(TARGET x IDL a.idl)"

# ---- What runs idlc again ----

# What one more build runs: idlc (times), compilations.
again() {
    sleep 1.1 # whole seconds on some file systems
    cmake --build "$dir/build" >"$work/again" 2>&1 || { cat "$work/again" >&2; fail "build"; }
    generated=$(grep -c 'idlc .*\.idl' "$work/again" || true)
    compiled=$(grep -c 'Building C object' "$work/again" || true)
}
expect_again() { # WHAT GENERATED COMPILED
    again
    expect "$1: generated" "$2" "$generated"
    expect "$1: compiled" "$3" "$compiled"
}

check_again() { # NAME GENERATOR
    dir=$work/again-$1
    mkdir -p "$dir/mine"
    printf 'struct A < uint32 x >\n' >"$dir/a.idl"
    printf 'service B < touch() >\n' >"$dir/b.idl"
    cat >"$dir/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(again LANGUAGES C)
find_package(idlc REQUIRED)
idlc_generate(TARGET stubs IDL a.idl b.idl EMIT types TEMPLATES mine)
END
    "$prefix/bin/idlc" --export-templates "$dir/builtin"
    sed '$a /* One. */' "$dir/builtin/types.c.mako" >"$dir/mine/types.c.mako"
    touch -d 2001-01-01 "$dir/builtin/types.h.mako"
    run cmake -S "$dir" -B "$dir/build" -G "$2" -DCMAKE_PREFIX_PATH="$prefix"
    run cmake --build "$dir/build"
    expect_again "$1: nothing changed" 0 0

    sed -i 's/One/Two/' "$dir/mine/types.c.mako"
    expect_again "$1: a template" 2 2
    grep -q Two "$dir/build/stubs.idlc/a_types.c" || fail "$1: the template is not used"
    cp -p "$dir/builtin/types.h.mako" "$dir/mine" # its time is no help
    expect_again "$1: one template more, as it was" 2 0
    expect_again "$1: after that" 0 0

    touch "$prefix/bin/idlc"
    expect_again "$1: another idlc" 2 0
    sed -i 's/TEMPLATES mine/TEMPLATES mine OPTIONS --werror/' "$dir/CMakeLists.txt"
    expect_again "$1: an option" 2 0
    expect_again "$1: after it" 0 0
    rm "$dir/mine/types.c.mako"
    expect_again "$1: one template less" 2 2
    # CMake's makefiles never forget a dependency: idlc runs every time from now on, in vain.
    again
    expect "$1: after that: compiled" 0 "$compiled"
}
check_again ninja Ninja
rm "$dir/build/stubs.idlc/a_types.h" # Ninja looks at by-products as well
again
[ -e "$dir/build/stubs.idlc/a_types.h" ] || fail "a lost header stays lost"
check_again make "Unix Makefiles"

# ---- C++, the shared runtime, everything under --as-needed ----

dir=$work/cpp
mkdir "$dir"
cp "$source_dir/examples/greeter/greeter.idl" "$source_dir/examples/kv/kv.idl" "$dir"
cat >"$dir/server.cpp" <<'END'
#include <cstdio>
#include <string>

#include "greeter_server.h"
#include "kv_server.h"

static idl_code greet(idl_call *call, idl_str name, idl_str *reply)
{
    std::string text = "Hello, " + std::string(name.data, name.len);
    *reply = idl_call_printf(call, "%s", text.c_str());
    return IDL_OK;
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(nullptr);
    greeter_handlers handlers{};
    handlers.greet = greet;
    greeter_serve(server, &handlers, nullptr);
    if (argc < 2 || idl_server_listen(server, argv[1]) != IDL_OK)
        return 1;
    std::printf("listening on %s\n", idl_server_address(server, 0));
    std::fflush(stdout);
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}
END
cat >"$dir/client.cpp" <<'END'
#include <iostream>
#include <memory>

#include "greeter_client.h"
#include "kv_client.h"

int main(int argc, char **argv)
{
    std::unique_ptr<idl_channel, void (*)(idl_channel *)> channel{
        idl_channel_open(argc > 2 ? argv[2] : "", nullptr), [](idl_channel *c) { idl_channel_close(c); }
    };
    std::unique_ptr<idl_call, void (*)(idl_call *)> call{ idl_call_new(), idl_call_free };
    idl_str reply;
    if (greeter_greet(channel.get(), call.get(), idl_cstr(argv[1]), &reply) != IDL_OK)
        return 1;
    std::cout << reply.data << '\n';
}
END
cat >"$dir/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(cpp LANGUAGES C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(idlc REQUIRED)
idlc_generate(TARGET stubs IDL greeter.idl kv.idl)
add_compile_options(-Wall -Wextra -Wpedantic -Werror)
foreach(program server client)
    add_executable(${program} ${program}.cpp)
    target_link_libraries(${program} PRIVATE stubs)
    target_link_options(${program} PRIVATE -Wl,--as-needed -Wl,--no-undefined)
endforeach()
END
check_cpp() { # NAME OPTIONS...
    name=$1
    shift
    run cmake -S "$dir" -B "$dir/$name" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" "$@"
    run cmake --build "$dir/$name"
    serve "$dir/$name/server"
    expect "C++ ($name)" "Hello, Ada" "$("$dir/$name/client" Ada "$address")"
    stop_server
    readelf -d "$dir/$name/client" >"$work/needed"
}
check_cpp static
! grep -q 'NEEDED.*libidl-runtime' "$work/needed" || fail "the static client needs the shared runtime"
! grep -q 'NEEDED.*libuv' "$work/needed" || fail "a client needs libuv"
check_cpp shared -DBUILD_SHARED_LIBS=ON
grep -q 'NEEDED.*libidl-runtime' "$work/needed" || fail "BUILD_SHARED_LIBS does not count"
echo "generate: all passed"
