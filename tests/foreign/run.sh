#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [ARCHITECTURE...]: the tests on machines unlike ours, with assertions compiled out: s390x,
# which has its bytes the other way round, by qemu, and i386, where a pointer has 32 bits. Runs what
# is a program; and the compiler there has to write what the compiler here (the dev build) does.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top"
sh tools/install-deps.sh foreign

[ $# -gt 0 ] || set -- s390x i386
# Who can't run it says so.
[ "$(uname -m)" = x86_64 ] || echo "i386 runs on x86-64 only: left out here" >&2

same_output() {
    for idl in $(find examples tests -name '*.idl' -not -path '*/diag/*'); do
        rm -rf "$build/here" "$build/there"
        build/dev/idlc/idlc --out "$build/here" "$idl" >/dev/null 2>&1 || continue
        $1 "$build/idlc/idlc" --out "$build/there" "$idl" 2>/dev/null
        diff -r "$build/here" "$build/there" || exit 1
        same=$((same + 1))
    done
}

for arch; do
    emulator="qemu-$arch -L /usr/$arch-linux-gnu"
    if [ "$arch" = i386 ]; then
        [ "$(uname -m)" = x86_64 ] || continue
        emulator=
    fi
    echo "== $arch"
    build=$top/build/$arch
    sh "$here/libraries.sh" "$arch" "$build/root" || {
        echo "$arch: this machine's mirror does not have its packages: left out" >&2
        continue
    }
    cmake -G Ninja -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" \
        -DFOREIGN="$arch" -DFOREIGN_ROOT="$build/root" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DIDLC_WERROR=ON >/dev/null
    cmake --build "$build"
    # Left out: what scripts drive, which would not know how to run the programs; what takes ten
    # seconds; what starts programs itself, and what an emulator takes long for.
    slow='soak_test|client_cancel_test'
    [ -z "$emulator" ] || slow="$slow|limits_test|client_restart_test|load_test|hostile_"
    TEST_EFFORT=30 ctest --test-dir "$build" -j 3 --timeout 120 --repeat until-pass:2 --output-on-failure \
        -L program -E "$slow"
    same=0
    same_output "$emulator"
    echo "$arch: $same interface files give the same C"
done
