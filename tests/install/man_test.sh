#!/bin/sh
# SPDX-License-Identifier: MIT
# man_test.sh SOURCE IDLC IDL_BENCH: the manual pages render without a complaint, idlc(1) and --help
# name the same options, arguments and kinds, idl_bench(1) and --help the same options, and what
# idlc(5) shows is what idlc reads.
set -eu
man=$1/docs/man
idlc=$2
bench=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }

# same WHAT: the files `page` and `help` are alike.
same() { diff page help || fail "idlc(1) (<) and --help (>) differ in their $1"; }

for page in idlc.1 idlc.5 idl_bench.1; do
    if command -v mandoc >/dev/null; then
        mandoc -Tlint -Wwarning "$man/$page" || fail "mandoc on $page"
    fi
    if command -v groff >/dev/null; then
        groff -mdoc -Tutf8 -ww "$man/$page" >rendered 2>warnings || fail "groff on $page"
        [ ! -s warnings ] || { cat warnings >&2; fail "groff on $page"; }
        [ "$(wc -l <rendered)" -gt 50 ] || fail "$page is nearly empty"
    fi
done

sed -n 's/^\.It Fl //p' "$man/idl_bench.1" |
    sed 's/ Ar .*//; s/ , Fl /, /; s/^/-/; s/, -/, --/' | sort >page
"$bench" --help | sed -n 's/^ *\(-.*\)/\1/p' | sed 's/ [A-Z].*//; s/   *.*//' | sort >help
same "options of idl_bench"

"$idlc" --help >all

# `-o, --out dir`, `--emit list`: arguments in lower case, one option a line.
sed -n 's/^\.It Fl //p' "$man/idlc.1" |
    sed 's/ Ar [a-z]* , Fl /, /; s/ , Fl /, /; s/ Ns = Ns / /; s/ \(Ar\|Cm\) / /; s/^/-/; s/, -/, --/' |
    sort >page
sed -n 's/^ *\(-.*\)/\1/p' all | sed 's/   *[^ ].*//; s/=/ /' |
    awk '{ if ($NF !~ /^-/) $NF = tolower($NF); print }' | sort >help
same options

sed -n '/^\.It Fl -emit/,/^\.It/s/^\.Cm \([a-z]*\).*/\1/p' "$man/idlc.1" | sort >page
sed -n 's/.*--emit=LIST .*: //p' all | tr , '\n' | sort >help
[ -s help ] || fail "--help names no kinds for --emit"
same "kinds for --emit"

sed -n '/^\.Bd/,/^\.Ed/{ /^\.[BE]d/!p; }' "$man/idlc.5" >shown.idl
grep -q '^service' shown.idl || fail "idlc(5) shows no service"
: >common.idl
"$idlc" --check shown.idl 2>messages || { cat messages >&2; fail "what idlc(5) shows is wrong"; }
echo "man: all passed"
