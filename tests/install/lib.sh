# SPDX-License-Identifier: MIT
# lib.sh: what the install tests share. Arguments: the source tree, a finished build of it, and a
# folder to work in, which is emptied.
set -eu
source_dir=$1
build_dir=$2
work=$3
prefix=$work/prefix
rm -rf "$work"
mkdir -p "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }

# run COMMAND...: quiet unless it fails.
run() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$*"; }
}

install_product() {
    run cmake --install "$build_dir" --prefix "$prefix"
}

# use_pkgconfig: idlc and its pkg-config file are found, and nothing else is; $libdir has the
# libraries.
use_pkgconfig() {
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name idl-runtime.pc)")
    libdir=$(dirname "$PKG_CONFIG_PATH")
    export PKG_CONFIG_PATH
}

# serve PROGRAM [ARGUMENT...]: starts a server on a free port; $address is where.
serve() {
    : >"$work/served" # there before the server is
    "$@" tcp://127.0.0.1:0 >"$work/served" 2>&1 &
    server=$!
    trap 'kill $server 2>/dev/null || true' EXIT
    address=
    for _ in $(seq 100); do
        address=$(sed -n 's/^listening on //p' "$work/served")
        [ -z "$address" ] || return 0
        sleep 0.05
    done
    cat "$work/served" >&2
    fail "$1 did not start"
}

stop_server() {
    kill -TERM $server
    wait $server || fail "the server ended with status $?"
    trap - EXIT
}

expect() { # expect WHAT EXPECTED ACTUAL
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}
