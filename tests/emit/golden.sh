#!/bin/sh
# golden.sh [--update] IDLC FOLDER KIND IDL...: what --emit KIND writes for the IDLs must be what is in
# FOLDER/expected_KIND, byte for byte.
set -eu
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
idlc=$1
expected=$2/expected_$3
kind=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$idlc" --emit "$kind" -o "$work/out" "$@"
[ -z "$update" ] || { rm -rf "$expected" && cp -r "$work/out" "$expected"; }
diff -ru "$expected" "$work/out"
