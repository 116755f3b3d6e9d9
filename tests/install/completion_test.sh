#!/bin/bash
# SPDX-License-Identifier: MIT
# completion_test.sh SOURCE IDLC: what bash would offer after `idlc ...`.
set -u
source=$1
idlc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir -p gen "with space"
touch shop.idl "two words.idl" readme.txt greeter.d

. "$source/tools/completion/idlc.bash"
failures=0

# offers EXPECTED WORD...: the candidates for the last word, one a line in any order.
offers()
{
    local expected=$1 got
    shift
    COMP_WORDS=("$idlc" "$@")
    COMP_CWORD=$#
    _idlc "$idlc" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    got=$(printf '%s\n' "${COMPREPLY[@]-}" | sort)
    expected=$(printf '%s' "$expected" | sort)
    [[ $got == "$expected" ]] && return
    printf 'FAILED: idlc'; printf ' [%s]' "$@"
    printf '\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got"
    failures=$((failures + 1))
}

complete -p idlc | grep -q -- '-F _idlc idlc' || { echo "FAILED: not registered"; exit 1; }

# Every option that --help names, and no other.
all=$("$idlc" --help | grep -o -E '^ +(-[a-zA-Z], )?--[a-z-]+=?' | tr -d ' ' | tr , '\n')
[[ $(wc -l <<<"$all") -gt 10 ]] || { echo "FAILED: --help has few options"; exit 1; }
offers "$all" -
offers $'--depfile=\n--depfile-target=' --dep
offers --werror --we
offers "" --nonesuch

# Lists of kinds: each that --help names, one after the other, none twice.
kinds=$("$idlc" --help | sed -n 's/.*--emit=LIST .*: //p')
offers "${kinds//,/$'\n'}" --emit ""
offers types --emit ty
offers types --emit = ty
offers "${kinds//,/$'\n'}" --emit =
offers --emit=types --emit=ty
offers "types,client" --emit types,cl
offers "--emit=types,server" --emit=types,se
offers "" --emit types,client,ty
for kind in ${kinds//,/ }; do
    offers "$kind" --emit "$kind"
done

# Values; idlc itself takes each of them.
offers $'auto\nalways\nnever' --color =
offers --color=never --color=n
offers $'text\njson' --diagnostics ""
offers view --dump = v
for value in --color={auto,always,never} --diagnostics={text,json} --dump=view; do
    "$idlc" "$value" shop.idl >/dev/null || { echo "FAILED: idlc refuses $value"; exit 1; }
done
offers "" --max-errors ""

# Files and folders.
offers $'shop.idl\ntwo words.idl\ngen\nwith space' ""
offers shop.idl --check sh
offers "" read
offers gen -o g
offers $'gen\nwith space' --templates =
offers --out=gen --out=ge
offers greeter.d --depfile gree
offers shop.idl --emit types s

[[ $failures == 0 ]] || exit 1
echo "completion: all passed"
