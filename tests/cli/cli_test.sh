#!/bin/sh
# SPDX-License-Identifier: MIT
# cli_test.sh IDLC TEMPLATES: the command as a user or a build system meets it. TEMPLATES is the
# folder of the built-in templates' sources.
set -u
idlc=$1 templates=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failures=0

fail() {
    echo "FAILED: $1"
    [ -s err ] && sed 's/^/    /' err
    failures=$((failures + 1))
}

# expect STATUS NAME COMMAND...: runs it; its output is in the files out and err then.
expect() {
    wanted=$1 name=$2
    shift 2
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] || fail "$name: status $got, not $wanted"
}

same() { cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"; }
says() { grep -qF -e "$2" "$1" || fail "$3: '$2' is not in $1"; }
no_file() { [ ! -e "$1" ] || fail "$2: $1 is there"; }
contents() { (cd "$1" && find . -type f | LC_ALL=C sort); }

printf 'struct Name < string text >\nservice Greeter < greet(Name name) -> string >\n' >greeter.idl
printf 'import "greeter.idl";\nstruct Item < Name name; >\n' >importer.idl
printf 'service Greeter < greet(strng name) >\n' >broken.idl

# ---- Exit statuses, and what goes where ----

expect 0 "help" "$idlc" --help
says out "Usage: idlc" "help"
[ -s err ] && fail "help is silent on stderr"
expect 0 "version" "$idlc" --version
grep -q '^idlc [0-9]*\.[0-9]*\.[0-9]*$' out || fail "version is a line"
expect 2 "no file" "$idlc"
says err "idlc: error: no IDL file is given" "no file"
expect 2 "unknown option" "$idlc" --emt types greeter.idl
says err "did you mean '--emit'?" "unknown option"
expect 2 "an emit kind that is none" "$idlc" --emit doc greeter.idl
says err "did you mean 'docs'?" "an emit kind that is none"
expect 0 "the outputs of every kind" "$idlc" --list-outputs --emit docs,sample,proto greeter.idl
for output in greeter.proto greeter_sample/server.c greeter_sample/CMakeLists.txt greeter.html; do
    says out "$output" "the outputs of every kind"
done
mkdir -p sub && cp greeter.idl sub
expect 2 "two files of one name" "$idlc" -o twice greeter.idl sub/greeter.idl
says err "'greeter.idl' and 'sub/greeter.idl' would write the same files" "two files of one name"
no_file twice "two files of one name"
odd='a"b.idl'
cp greeter.idl "$odd"
expect 2 "a quote in the name" "$idlc" -o none "$odd"
says err "no #include can name the outputs of 'a\"b.idl'" "a quote in the name"
expect 1 "no such file" "$idlc" -o none nowhere.idl
says err "nowhere.idl" "no such file"
expect 1 "an error in the input" "$idlc" -o none greeter.idl broken.idl
says err "broken.idl:1:25: error:" "an error in the input"
no_file none "an error in the input"
expect 1 "an error, as JSON" "$idlc" --diagnostics=json -o none broken.idl
says err '"severity":"error"' "an error, as JSON"
expect 0 "check" "$idlc" --check -o none greeter.idl
no_file none "check"
expect 1 "check of a broken file" "$idlc" --check broken.idl
if [ -w /dev/full ]; then
    "$idlc" --help >/dev/full 2>err && fail "help to a full disk"
    says err "cannot write to the standard output" "help to a full disk"
fi

# ---- Outputs ----

expect 0 "list" "$idlc" --list-outputs -o made greeter.idl
no_file made "list"
cp out listed
expect 0 "generate" "$idlc" -o made greeter.idl
[ -s err ] && fail "generate is silent"
find made -type f | LC_ALL=C sort >found
LC_ALL=C sort listed >sorted
same sorted found "what is listed is what is written"
[ "$(wc -l <found)" -eq 6 ] || fail "six files"
expect 0 "some" "$idlc" --emit client -o some greeter.idl
[ "$(contents some | tr '\n' ' ')" = "./greeter_client.c ./greeter_client.h " ] || fail "client only"
expect 0 "list without reading" "$idlc" --list-outputs --emit=types not/there.idl
[ "$(tr '\n' ' ' <out)" = "there_types.h there_types.c " ] || fail "list without reading"

touch -d '2001-01-01' made/*
expect 0 "the same again" "$idlc" -o made greeter.idl
[ -z "$(find made -type f -newer greeter.idl)" ] || fail "unchanged files keep their times"
echo 'gone' >made/greeter_types.c
expect 0 "one differs" "$idlc" -o made greeter.idl
grep -q gone made/greeter_types.c && fail "a changed output is written anew"
[ -z "$(find made -name '.*' -type f)" ] || fail "no temporary file is left"

# ---- The same bytes from any folder ----

expect 0 "from here" "$idlc" -o here greeter.idl importer.idl
[ -s err ] && fail "nothing to warn of"
mkdir -p far/away
(cd far/away && "$idlc" -o "$dir/there" "$dir/importer.idl" "$dir/greeter.idl") || fail "from afar"
for file in here/*; do
    same "$file" "there/${file#here/}" "the same bytes from any folder"
done
grep -lF "$dir" there/* && fail "no path of this machine in the output"

# ---- Disk full, closed folders ----

(
    trap '' XFSZ
    ulimit -f 0
    "$idlc" -o full greeter.idl 2>&1
    echo "status $?"
) | cat >out
says out "File too large" "disk full"
says out "status 1" "disk full"
[ -z "$(contents full)" ] || fail "disk full: nothing is left"
expect 1 "a file for a folder" "$idlc" -o greeter.idl/x greeter.idl
says err "cannot make the folder 'greeter.idl/x': Not a directory" "a file for a folder"

# Each system call in its turn fails, where strace can make it: then it is said, and what was there
# stays (but what was renamed before).
export ASAN_OPTIONS=detect_leaks=0
if strace -qq -o /dev/null -e trace=write "$idlc" --version >/dev/null 2>&1; then
    for call in write mkdir rename; do
        for turn in 1 2 3; do
            rm -rf swept && mkdir swept && echo old >swept/greeter_types.c
            [ $call = mkdir ] && rm -rf swept
            strace -qq -o /dev/null -e trace=$call -e inject=$call:error=ENOSPC:when=$turn \
                "$idlc" -o swept --emit types greeter.idl 2>err
            got=$?
            [ -z "$(find . -name '*.tmp')" ] || fail "$call $turn fails: a temporary file is left"
            if [ $got -eq 0 ]; then
                same swept/greeter_types.c made/greeter_types.c "$call $turn does not fail"
            else
                [ $got -eq 1 ] || fail "$call $turn fails: status $got"
                says err "No space left on device" "$call $turn fails"
                [ $call = mkdir ] || [ "$(cat swept/greeter_types.c)" = old ] ||
                    fail "$call $turn fails: the old file is gone"
            fi
        done
    done
fi
unset ASAN_OPTIONS

# ---- Templates ----

expect 0 "export" "$idlc" --export-templates exported
for file in exported/*; do
    same "$file" "$templates/${file#exported/}" "exported templates"
done
[ "$(contents exported | wc -l)" -ge 6 ] || fail "all templates are exported"
expect 0 "exported templates" "$idlc" --templates exported -o again greeter.idl importer.idl
for file in here/*; do
    same "$file" "again/${file#here/}" "exported templates render the same"
done

mkdir mine
printf '<%%include file="my_part.mako"/>\n' >mine/types.h.mako
printf '/* mine */\n' >mine/my_part.mako
expect 0 "a template of one's own" "$idlc" --templates mine --emit types -o own greeter.idl
[ "$(cat own/greeter_types.h)" = "/* mine */" ] || fail "a template of one's own"
same own/greeter_types.c made/greeter_types.c "the others stay built in"
cp mine/my_part.mako mine/typs.h.mako
expect 0 "misspelt template" "$idlc" --templates mine --emit types -o own greeter.idl
says err "nothing uses the template 'mine/typs.h.mako'; did you mean to name it 'types.h.mako'?" \
    "misspelt template"
expect 1 "misspelt template, werror" "$idlc" --werror --templates mine --emit types -o none \
    greeter.idl
no_file none "misspelt template, werror"
rm mine/typs.h.mako
printf 'a\n${no_such_name}\n' >mine/my_part.mako
expect 1 "a mistake in a template" "$idlc" --templates mine --emit types -o none greeter.idl
says err "mine/my_part.mako:2:3: error: unknown name 'no_such_name'" "a mistake in a template"
says err "mine/types.h.mako:1:17: note: included from here" "a mistake in a template"
no_file none "a mistake in a template"
expect 1 "no folder of templates" "$idlc" --templates nowhere -o none greeter.idl
says err "cannot read the folder 'nowhere'" "no folder of templates"

# ---- What the templates see ----

expect 0 "dump" "$idlc" --dump=view -o none greeter.idl
no_file none "dump"
[ "$(head -c 1 out)" = "{" ] || fail "dump is an object"
if command -v python3 >/dev/null; then
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' out || fail "dump is JSON"
fi

# ---- Comparing ----

mkdir -p v1 && cp greeter.idl v1
expect 0 "no changes" "$idlc" --compare v1/greeter.idl greeter.idl
[ "$(cat out)" = "no changes" ] || fail "no changes are said on stdout"
[ -s err ] && fail "no changes: silent on stderr"
printf 'struct Name < string text; bool formal >\n' >v2.idl
expect 1 "what breaks" "$idlc" --compare greeter.idl v2.idl
says out "1 change breaks the wire, 1 is safe" "what breaks"
says err "v2.idl:1:1: error: service 'Greeter' was removed [wire-service-removed]" "what breaks"
expect 1 "no such version" "$idlc" --compare nowhere.idl greeter.idl
[ -s out ] && fail "nothing is compared with nothing"
expect 2 "one version" "$idlc" --compare greeter.idl
says err "--compare takes two IDL files" "one version"

# ---- Formatting ----

mkdir -p fmt
printf 'struct Name < string text >\n' >fmt/right.idl
printf 'struct  Name{string text}\n' >fmt/wrong.idl
cp fmt/right.idl fmt/also_wrong.idl && printf '\n\n' >>fmt/also_wrong.idl
printf 'struct Name < strng\n' >fmt/broken.idl
chmod 640 fmt/wrong.idl
touch -d '2001-01-01' fmt/right.idl
expect 0 "format check, fine" "$idlc" --format --check fmt/right.idl
[ -s out ] && fail "format check, fine: silent"
expect 1 "format check" "$idlc" --format --check fmt/right.idl fmt/wrong.idl fmt/also_wrong.idl
[ "$(tr '\n' ' ' <out)" = "fmt/wrong.idl fmt/also_wrong.idl " ] || fail "format check: names"
grep -q '{' fmt/wrong.idl || fail "format check writes nothing"
expect 1 "format of a broken file" "$idlc" --format fmt/right.idl fmt/broken.idl fmt/wrong.idl
says err "fmt/broken.idl:1:13: error: '<' is never closed" "format of a broken file"
[ "$(cat fmt/broken.idl)" = "struct Name < strng" ] || fail "a broken file is left alone"
same fmt/wrong.idl fmt/right.idl "the others are formatted"
[ -z "$(find fmt/right.idl -newer greeter.idl)" ] || fail "what is right is not touched"
[ "$(stat -c %a fmt/wrong.idl)" = 640 ] || fail "a formatted file keeps its mode"
expect 0 "format twice" "$idlc" --format fmt/wrong.idl fmt/also_wrong.idl
same fmt/also_wrong.idl fmt/right.idl "format twice"
"$idlc" --format - <greeter.idl >out 2>err || fail "format from stdin"
says out "service Greeter < greet(Name name) -> string >" "format from stdin"
printf 'struct  X\n' | "$idlc" --format - >out 2>err && fail "format of a broken stdin"
says err "<stdin>:2:1: error: expected" "format of a broken stdin"
[ -s out ] && fail "format of a broken stdin writes nothing"
printf 'struct X{}\n' | "$idlc" --format --check - >out 2>err && fail "format check of stdin"
[ "$(cat out)" = "-" ] || fail "format check of stdin: name"
expect 1 "format of no file" "$idlc" --format nowhere.idl
says err "cannot read 'nowhere.idl'" "format of no file"

# ---- Dependency files ----

printf '/* mine */\n' >mine/my_part.mako
expect 0 "depfile" "$idlc" --emit types --templates mine -o dep --depfile dep/x.d importer.idl
cat >wanted <<'END'
dep/importer_types.h \
dep/importer_types.c: \
  importer.idl \
  greeter.idl \
  mine/types.h.mako \
  mine/my_part.mako
greeter.idl:
mine/types.h.mako:
mine/my_part.mako:
END
same dep/x.d wanted "depfile"
if command -v make >/dev/null; then
    printf 'include dep/x.d\ndep/importer_types.c:\n\ttouch $@\n' >Makefile
    mv mine/my_part.mako moved
    make dep/importer_types.c >out 2>err || fail "a file of the past does not stop make"
    mv moved mine/my_part.mako
fi
name='my $f#1 \ x.idl'
cp greeter.idl "$name"
expect 0 "depfile of an odd name" "$idlc" --emit types -o odd --depfile odd.d \
    --depfile-target stamp "$name"
printf 'stamp: \\\n  my\\ $$f\\#1\\ \\\\\\ x.idl\n' >wanted
same odd.d wanted "depfile of an odd name"
if command -v make >/dev/null; then
    printf 'include odd.d\nstamp:\n\ttouch stamp\n' >Makefile
    touch -d '2001-01-01' "$name"
    touch stamp
    make -q stamp >out 2>err || fail "make finds the name in the depfile"
    touch -d '2001-01-01' stamp
    touch "$name"
    make -q stamp >out 2>err && fail "make sees that the name is newer"
fi

[ $failures -eq 0 ] || exit 1
echo "all fine"
