#!/bin/sh
# SPDX-License-Identifier: MIT
# meson_test.sh: examples/meson from an installed tree, and what an edit builds again.
. "$(dirname "$0")/lib.sh"
install_product
use_pkgconfig

dir=$work/dice
cp -r "$source_dir/examples/meson" "$dir"
run meson setup "$dir/build" "$dir"
run ninja -C "$dir/build" -j2
LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
serve "$dir/build/server"
expect "dice of one side" "1 1 1" "$("$dir/build/client" 3 1 "$address")"
expect "dice of none" "roll: INVALID_ARGUMENT: no 3 dice of 0 sides" \
    "$("$dir/build/client" 3 0 "$address" 2>&1 || true)"
stop_server

expect_again() { # WHAT GENERATED COMPILED
    ninja -C "$dir/build" -j2 -v >"$work/again" 2>&1 || { cat "$work/again" >&2; fail "$1"; }
    expect "$1: generated" "$2" "$(grep -c 'idlc --out' "$work/again" || true)"
    compiled=$(sed -n 's/.* -c \(.*\/\)\{0,1\}\([a-z_]*\.c\)$/\2/p' "$work/again" | sort | tr '\n' ' ')
    expect "$1: compiled" "$3" "$compiled"
}
expect_again "nothing changed" 0 ""
printf '// The end.\n' >>"$dir/dice.idl"
expect_again "a comment" 1 ""
expect_again "after a comment" 0 ""

dice="dice_client.c dice_server.c dice_types.c"
hand="hand_client.c hand_server.c hand_types.c"
printf 'const uint32 MOST = 6;\n' >>"$dir/hand.idl"
expect_again "an import" 1 "client.c $dice $hand server.c "
expect_again "after an import" 0 ""
mkdir "$dir/far"
mv "$dir/hand.idl" "$dir/far"
sed -i "s,hand.idl,far/&," "$dir/dice.idl"
sed -i "s,name + '.idl',name == 'hand' ? 'far/hand.idl' : 'dice.idl'," "$dir/meson.build"
expect_again "an import has moved" 1 ""
echo "meson: all passed"
