#!/bin/sh
# SPDX-License-Identifier: MIT
# prefix_test.sh: installing under DESTDIR, moving what was installed, and taking it away again.
. "$(dirname "$0")/lib.sh"

# With a manifest of its own: other tests install from the same build at the same time.
version=$(sed -n 's/^project(idlc VERSION \([0-9.]*\).*/\1/p' "$source_dir/CMakeLists.txt")
copy=$work/build
mkdir "$copy"
sed 's,file(WRITE ".*/\${CMAKE_INSTALL_MANIFEST}",file(WRITE "'"$copy"'/${CMAKE_INSTALL_MANIFEST}",' \
    "$build_dir/cmake_install.cmake" >"$copy/cmake_install.cmake"

export DESTDIR="$work/stage"
( cd "$copy" && run cmake -DCMAKE_INSTALL_PREFIX=/opt/idlc -P cmake_install.cmake )
there=$DESTDIR/opt/idlc
[ -x "$there/bin/idlc" ] || fail "DESTDIR does not count"
files=$(find "$there" ! -type d | wc -l)
expect "the manifest" "$files" "$(grep -c . "$copy/install_manifest.txt")"
expect "idlc --version" "idlc $version" "$("$there/bin/idlc" --version)"

# Nothing that is installed knows where it was built or was to be.
! grep -rlI -e "$build_dir" -e "$source_dir" -e /opt/idlc "$there" >"$work/paths" ||
    { cat "$work/paths" >&2; fail "absolute paths are installed"; }

# What lies beside it stays.
mkdir -p "$there/include/other"
touch "$there/include/other/kept.h"
( cd "$copy" && run cmake -P "$source_dir/cmake/Uninstall.cmake" )
expect "what is left" "$there/include/other/kept.h" "$(find "$there" ! -type d)"
[ ! -e "$there/include/idl" ] || fail "the folder of the headers is left"
if ( cd "$copy" && cmake -P "$source_dir/cmake/Uninstall.cmake" ) >"$work/log" 2>&1; then
    fail "uninstalled twice"
fi
unset DESTDIR

# Moved as a whole, it works from its new place.
install_product
mv "$prefix" "$work/elsewhere"
prefix=$work/elsewhere
use_pkgconfig
expect "pkg-config --modversion" "$version" "$(pkg-config --modversion idl-runtime)"
dir=$work/greeter
cp -r "$source_dir/examples/greeter" "$dir"
run cmake -S "$dir" -B "$dir/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
run cmake --build "$dir/build"
serve "$dir/build/greeter_server"
expect greeter "Hello, Ada" "$("$dir/build/greeter_client" Ada "$address")"
stop_server

# Another version is not taken for this one.
printf 'cmake_minimum_required(VERSION 3.22)\nproject(v LANGUAGES C)\nfind_package(idlc 9.9 REQUIRED)\n' \
    >"$dir/CMakeLists.txt"
! cmake -S "$dir" -B "$dir/v" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 ||
    fail "find_package(idlc 9.9) finds $version"
echo "prefix: all passed"
