#!/bin/sh
# SPDX-License-Identifier: MIT
# compare.sh [--update] IDLC FOLDER: compares old.idl with new.idl in every subfolder and holds
# what the user reads, and the exit status, against expected; --update writes that file instead.
# A case's file `options` has more of the command line. Every rule must have a case, and a row in
# docs/evolution.md; and no file of the tree may differ from itself.
set -u
update=
[ "$1" = --update ] && update=1 && shift
idlc=$1
cd "$2" || exit 2 # tests/compare
got=$(mktemp) || exit 2
trap 'rm -f "$got"' EXIT
count=0 failures=0
for case in */; do
    cd "$case" || exit 2
    options=
    [ -f options ] && options=$(cat options)
    # shellcheck disable=SC2086 # options are words
    "$idlc" --color=never $options --compare old.idl new.idl >"$got" 2>&1
    echo "exit status $?" >>"$got"
    count=$((count + 1))
    if [ -n "$update" ]; then
        cp "$got" expected
    elif ! diff -u expected "$got"; then
        echo "FAILED: $case"
        failures=$((failures + 1))
    fi
    cd ..
done
if [ -z "$update" ]; then
    for id in $(sed -n 's/.*{ "\([a-z-]*\)", IMPACT_.*/\1/p' ../../idlc/compare_report.c); do
        grep -qE -e "\[(-W|-Werror=)?$id\]" ./*/expected || echo "FAILED: no case has $id"
        grep -qF -e "\`$id\`" ../../docs/evolution.md || echo "FAILED: docs/evolution.md lacks $id"
    done >"$got"
    find ../../examples ../../tests -name '*.idl' | while read -r file; do
        said=$("$idlc" --compare "$file" "$file" 2>/dev/null)
        [ -z "$said" ] || [ "$said" = "no changes" ] || echo "FAILED: $file differs from itself"
    done >>"$got"
    cat "$got"
    [ ! -s "$got" ] || failures=$((failures + 1))
fi
echo "$count cases, $failures failed"
[ $count -gt 0 ] && [ $failures -eq 0 ]
