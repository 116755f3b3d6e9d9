#!/bin/sh
# SPDX-License-Identifier: MIT
# messages.sh IDLC EXPECTED [--update]: what idlc says of files and folders that it cannot use, and of
# input that is too large, word for word. Lines are cut at 100 columns.
set -u
idlc=$1 expected=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cd "$dir" || exit 1

# say ARGUMENTS...: runs idlc; the command, its output, its status.
say() {
    echo "\$ idlc $*"
    $as "$idlc" "$@" >out 2>&1 </dev/null
    status=$?
    cut -c 1-100 out
    echo "status $status"
    echo
}

repeated() { # TEXT COUNT
    awk -v text="$1" -v count="$2" 'BEGIN { while (count-- > 0) printf "%s", text }'
}

as=
all() {
    printf 'struct A < int32 x >\n' >a.idl
    mkdir folder.idl sub
    cp a.idl sub
    ln -s loop.idl loop.idl
    say folder.idl
    say nowhere.idl
    say a.idl/b.idl
    say loop.idl
    printf 'import "sub";\nimport "nowhere.idl";\n' >imports.idl
    say imports.idl
    say a.idl sub/a.idl
    say --out a.idl/x a.idl
    say --depfile a.idl/x.d a.idl
    say --export-templates a.idl

    printf 'struct A < %sint32%s x; strng y >\n' "$(repeated 'list<' 100000)" \
        "$(repeated '>' 100000)" >levels.idl
    say levels.idl
    printf 'struct A %s\n' "$(repeated '<' 100000)" >brackets.idl
    say brackets.idl
    printf 'struct %s < int32 x; strng y >\n' "$(repeated A 1000000)" >name.idl
    say name.idl
    truncate -s 100M large.idl
    say large.idl
    say --format large.idl

    # No file may grow: as a full disk, but it can be had anywhere.
    (
        trap '' XFSZ
        ulimit -f 0
        "$idlc" --out full a.idl 2>&1
        echo "status $?"
    ) | cat >full.out
    echo '$ idlc --out full a.idl (the disk is full)'
    cat full.out
    echo

    touch secret.idl && chmod 0 secret.idl
    if [ "$(id -u)" = 0 ]; then
        as='setpriv --reuid=65534 --clear-groups'
    fi
    if $as "$idlc" --version >/dev/null 2>&1; then
        touch out && chmod 666 out
        say secret.idl
    else # nobody else may run it here
        printf '$ idlc secret.idl\nidlc: error: cannot read '\''secret.idl'\'': Permission denied\n'
        printf 'status 1\n\n'
    fi
}
all >transcript 2>&1
if [ "${3:-}" = --update ]; then
    cp transcript "$expected"
else
    diff -u "$expected" transcript
fi
