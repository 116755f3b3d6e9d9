#!/bin/sh
# SPDX-License-Identifier: MIT
# libraries.sh ARCHITECTURE FOLDER: unpacks libuv and cmocka of another Debian architecture in
# FOLDER, by an apt of its own: the machine's packages stay as they are, and it needs no privileges.
set -eu
arch=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
[ -e "$folder/usr" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/deb"
: >"$work/status"
own="-o APT::Architecture=$arch -o APT::Architectures::=$arch -o APT::Sandbox::User=
    -o Dir::State=$work -o Dir::State::Lists=$work/lists -o Dir::State::status=$work/status
    -o Dir::Cache=$work/cache -o Debug::NoLocking=1"
# A mirror in the middle of an update has some lists and not others: what counts is the download.
apt-get $own update -qq || true
cd "$work/deb"
apt-get $own download -qq libuv1 libuv1-dev libcmocka0 libcmocka-dev
mkdir "$work/root"
for package in *.deb; do
    dpkg-deb -x "$package" "$work/root"
done
mv "$work/root/usr" "$folder"
