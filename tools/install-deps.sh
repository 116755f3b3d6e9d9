#!/bin/sh
# SPDX-License-Identifier: MIT
# install-deps.sh build|test|foreign|coverage|fuzz: installs, with apt, what is missing to build idlc, to
# test it too, to test it for other processors, to measure what the tests reach, or to fuzz by AFL++.
# Says nothing and needs no privileges when everything is there.
set -eu

build="gcc libc6-dev cmake ninja-build flex bison pkg-config libuv1-dev"
test="$build g++ make meson mandoc file dpkg-dev clang libclang-rt-dev libcmocka-dev python3 python3-protobuf
    clang-tidy cppcheck
    golang-go golang-github-containerd-ttrpc-dev golang-google-protobuf-dev protoc-gen-go
    protobuf-compiler libprotobuf-c-dev protobuf-c-compiler valgrind libtcc-dev tcc doxygen libsqlite3-dev libglib2.0-dev
    libevent-dev systemtap-sdt-dev systemd"
# Where services are started when they are installed, that one would be.
[ -d /run/systemd/system ] || test="$test prometheus"

foreign="$test qemu-user gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-i686-linux-gnu
    libc6-dev-i386-cross"

coverage="$test gcovr"

fuzz="$test afl++"

case "${1:-}" in
build) wanted=$build ;;
test) wanted=$test ;;
foreign) wanted=$foreign ;;
coverage) wanted=$coverage ;;
fuzz) wanted=$fuzz ;;
*) echo "usage: $0 build|test|foreign|coverage|fuzz" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
    case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" in
    *" installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

root=
[ "$(id -u)" = 0 ] || root=sudo
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
{ $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends $missing; } >&2
