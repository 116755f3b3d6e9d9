#!/bin/sh
# SPDX-License-Identifier: MIT
# format.sh [--update] IDLC FOLDER: formats every <case>.idl and holds the result against
# <case>.formatted; --update writes that file instead.
set -u
update=
[ "$1" = --update ] && update=1 && shift
idlc=$1
cd "$2" || exit 2
got=$(mktemp) || exit 2
trap 'rm -f "$got"' EXIT
count=0 failures=0
for case in *.idl; do
    expected=${case%.idl}.formatted
    count=$((count + 1))
    if ! "$idlc" --format - <"$case" >"$got"; then
        echo "FAILED: $case has errors"
        failures=$((failures + 1))
    elif [ -n "$update" ]; then
        cp "$got" "$expected"
    elif ! diff -u "$expected" "$got"; then
        echo "FAILED: $case"
        failures=$((failures + 1))
    fi
done
# The example of the documentation is laid out as it says.
if ! sed -n '/^```idl$/,/^```$/p' ../../docs/format.md | grep -v '^```' |
    "$idlc" --format --check - >/dev/null; then
    echo "FAILED: the example of docs/format.md"
    failures=$((failures + 1))
fi
echo "$count cases, $failures failed"
[ $count -gt 0 ] && [ $failures -eq 0 ]
