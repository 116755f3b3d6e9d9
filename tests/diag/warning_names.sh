#!/bin/sh
# SPDX-License-Identifier: MIT
# warning_names.sh TREE: every warning that the compiler gives is in the table of warnings.c, every
# row of the table is given somewhere, and all are in docs/lints.md or docs/evolution.md.
set -u
cd "$1" || exit 2
given=$(
    cat idlc/*.c grammar/*.c grammar/*.l grammar/*.y | tr -d '\n' |
        grep -oE 'diag_warning\([^"]*"[a-z-]+"' | grep -oE '[a-z-]+"$' | tr -d '"' | grep -v '^%'
    sed -n 's/.*{ "\([a-z-]*\)", IMPACT_\(SOURCE\|RISK\).*/\1/p' idlc/compare_report.c
)
table=$(sed -n 's/.*{ "\([a-z-]*\)", GROUP_.*/\1/p' idlc/warnings.c)
[ -n "$table" ] || exit 2
failures=0
fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}
for name in $given; do
    echo "$table" | grep -qx "$name" || fail "warnings.c has no '$name'"
done
for name in $table; do
    echo "$given" | grep -qx "$name" || fail "nothing warns of '$name'"
    grep -qF "\`$name\`" docs/lints.md docs/evolution.md || fail "'$name' is not documented"
done
exit $((failures > 0))
