#!/bin/sh
# golden.sh [--update] IDLC CASE: compiles the IDL files of a case and looks at what came out.
#
#   CASE/expected/       what must be written, byte for byte
#   CASE/expected.txt    or the diagnostics, and then nothing may be written
#
# What is written must compile without a warning: as C11 with every compiler there is, each header
# alone as C++17 and C23, and all of them in one file.
set -eu
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
idlc=$1
case=$(cd "$2" && pwd)
root=$(cd "$case/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$case"
if [ -e expected.txt ]; then
    if "$idlc" --color=never -o "$work/out" *.idl 2>"$work/messages"; then
        echo "$case: errors were expected" >&2
        exit 1
    fi
    [ -z "$update" ] || cp "$work/messages" expected.txt
    diff -u expected.txt "$work/messages"
    [ ! -e "$work/out" ] || { echo "$case: files were written" >&2; exit 1; }
    exit 0
fi

"$idlc" --werror -Wno-deprecated-use -o "$work/out" *.idl
if [ -d expected ]; then
    [ -z "$update" ] || { rm -rf expected && cp -r "$work/out" expected; }
    diff -ru expected "$work/out"
fi

cd "$work/out"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Werror"
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    $compiler -std=c11 $warnings -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
        -I"$root/runtime/include" -I. -fsyntax-only ./*.c
done
for header in *.h; do
    echo "#include \"$header\"" >"$work/$header.cc"
    cp "$work/$header.cc" "$work/$header.c"
    cat "$work/$header.cc" >>"$work/all.cc"
done
include="-I$root/runtime/include -I."
if command -v g++ >/dev/null; then
    g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror $include -fsyntax-only "$work"/*.cc
fi
gcc -std=c2x $warnings $include -fsyntax-only "$work"/*.c
