#!/bin/sh
# SPDX-License-Identifier: MIT
# symbols_test.sh LIST SHARED STATIC [--update]: the shared runtime exports what LIST names and
# nothing else, and no global name of the static one can meet a user's: all begin with idl_.
set -eu
list=$1 shared=$2 static=$3

names() { awk 'NF == 3 { print $3 }' | LC_ALL=C sort -u; }

nm -D --defined-only "$shared" | names >"$shared.exported"
if [ "${4:-}" = --update ]; then
    { grep '^#' "$list"; cat "$shared.exported"; } >"$list.new"
    mv "$list.new" "$list"
    exit 0
fi
grep -v '^#' "$list" | diff -u --label "$list" - --label exported "$shared.exported" || {
    echo "The exported symbols differ; if that is meant: cmake --build . --target update-symbols" >&2
    exit 1
}
foreign=$(nm -g --defined-only "$static" | names | grep -v '^idl_' || true)
[ -z "$foreign" ] || { echo "in the way of users' names: $foreign" >&2; exit 1; }
echo "$(wc -l <"$shared.exported") symbols"
