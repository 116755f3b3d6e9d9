#!/bin/sh
# SPDX-License-Identifier: MIT
# deb_test.sh: the Debian packages: cpack makes them, dpkg takes them with what they depend on, the
# greeter is built from them with CMake and with make, and dpkg removes them without a trace. All in
# a root of its own: the machine stays as it is, and no privileges are needed.
. "$(dirname "$0")/lib.sh"
for tool in dpkg dpkg-shlibdeps file; do
    command -v $tool >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
done

DEBFULLNAME="Ada Maker" DEBEMAIL=ada@debian.org
export DEBFULLNAME DEBEMAIL
run env -C "$source_dir" cmake --preset package -B "$work/build"
run cmake --build "$work/build" -j 2
run env -C "$work/build" cpack
debs=$(ls "$work"/build/*.deb)
expect "packages" 3 "$(echo "$debs" | wc -l)"

# ---- What they say and hold ----

field() { dpkg-deb -f "$work"/build/"$1"_*.deb "$2"; }
has() { # has PACKAGE FILE...
    name=$1
    shift
    dpkg-deb -c "$work"/build/"$name"_*.deb >"$work/contents"
    for file; do
        grep -q " \./$file\( ->.*\)\{0,1\}\$" "$work/contents" || fail "$name has no $file"
    done
}
version=$(sed -n 's/^project(idlc VERSION \([0-9.]*\).*/\1/p' "$source_dir/CMakeLists.txt")
runtime=libidl-runtime${version%.*}
lib=usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
has idlc usr/bin/idlc usr/share/man/man1/idlc.1.gz usr/bin/idl_bench usr/share/man/man5/idlc.5.gz \
    usr/share/bash-completion/completions/idlc usr/share/doc/idlc/copyright
has "$runtime" "$lib/libidl-runtime.so.${version%.*}" "$lib/libidl-runtime.so.$version"
has libidl-runtime-dev usr/include/idl/runtime.h "$lib/libidl-runtime.so" \
    "$lib/libidl-runtime.a" "$lib/pkgconfig/idl-runtime.pc" "$lib/cmake/idlc/idlcConfig.cmake"
expect "version" "$version-1" "$(field idlc Version)"
case "$(field "$runtime" Depends)" in
*libuv1*) ;;
*) fail "the runtime does not depend on libuv1" ;;
esac
case "$(field idlc Depends)" in
*libuv*) fail "idlc depends on libuv" ;;
esac

if command -v lintian >/dev/null; then
    # No bug is closed, as there is no Debian package yet; ldconfig is what CPack itself adds.
    lintian --allow-root --suppress-tags initial-upload-closes-no-bugs,maintscript-calls-ldconfig \
        --fail-on error,warning $debs >"$work/lintian" 2>&1 ||
        { cat "$work/lintian" >&2; fail "lintian"; }
fi

# ---- In ----

# What is installed here counts as installed there, so that dependencies are really checked.
root=$work/root
admin=$root/var/lib/dpkg
mkdir -p "$admin/info" "$admin/updates" "$work/bin"
cp /var/lib/dpkg/status "$admin"
cp /var/lib/dpkg/info/*.list "$admin/info"
printf '#!/bin/sh\necho ldconfig >>"%s"\n' "$work/ldconfig" >"$work/bin/ldconfig"
chmod +x "$work/bin/ldconfig"
in_root() {
    run env PATH="$work/bin:$PATH:/usr/sbin:/sbin" dpkg --root="$root" --log=/dev/null \
        --force-not-root --force-script-chrootless "$@"
}
in_root --install $debs
[ -s "$work/ldconfig" ] || fail "ldconfig was not run"

# ---- Guarded: cmake/Hardening.cmake ----

guarded() { # guarded FILE SYMBOL...: FILE is position-independent, all of it bound and read-only
    file=$1
    shift
    readelf -hdlW --dyn-syms "$file" >"$work/elf"
    for trait in 'Type: *DYN' 'FLAGS_1.* NOW' GNU_RELRO 'GNU_STACK .* RW ' "$@"; do
        grep -q "$trait" "$work/elf" || fail "$file: no '$trait'"
    done
}
guarded "$root/usr/bin/idlc" 'FLAGS_1.* PIE' __stack_chk_fail '__[a-z]*_chk@'
guarded "$root/$lib/libidl-runtime.so.$version" __stack_chk_fail

# ---- Used ----

LD_LIBRARY_PATH=$root/$lib
PKG_CONFIG_PATH=$root/$lib/pkgconfig
export LD_LIBRARY_PATH PKG_CONFIG_PATH
expect "idlc --version" "idlc $version" "$("$root/usr/bin/idlc" --version)"

dir=$work/greeter
cp -r "$source_dir/examples/greeter" "$dir"
run cmake -S "$dir" -B "$dir/build" -G Ninja -DCMAKE_PREFIX_PATH="$root/usr" -DBUILD_SHARED_LIBS=ON
run cmake --build "$dir/build"
serve "$dir/build/greeter_server"
expect "greeter (CMake)" "Hello, Ada" "$("$dir/build/greeter_client" Ada "$address")"
stop_server

dir=$work/makefile
cp -r "$source_dir/examples/makefile" "$dir"
run make -C "$dir" all
serve "$dir/server"
expect "greeter (make)" "Hello, Ada" "$("$dir/client" Ada "$address")"
stop_server

# ---- Out ----

in_root --remove idlc "$runtime" libidl-runtime-dev
left=$(find "$root" -path "$root/var" -prune -o ! -type d -print)
expect "files that stayed" "" "$left"
echo "deb: all passed"
