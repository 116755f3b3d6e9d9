#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: the whole way on a fresh machine: builds and installs idlc into build/prefix, builds this
# example against it as a user would, starts the server, calls it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build

sh "$top/tools/install-deps.sh" build
mkdir -p "$build"
log=$build/greeter-run.log
step() { "$@" >>"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
: >"$log"

echo "building idlc and the runtime" >&2
step cmake -S "$top" -B "$build/run" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DIDLC_BUILD_TESTS=OFF -DIDLC_BUILD_EXAMPLES=OFF -DCMAKE_INSTALL_PREFIX="$build/prefix"
step cmake --build "$build/run"
step cmake --install "$build/run"

echo "building the greeter" >&2
step cmake -S "$here" -B "$build/greeter" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$build/prefix"
step cmake --build "$build/greeter"

out=$(mktemp)
"$build/greeter/greeter_server" tcp://127.0.0.1:0 >"$out" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -f "$out"' EXIT
address=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    address=$(sed -n 's/^listening on //p' "$out")
    [ -z "$address" ] || break
    sleep 0.1
done
[ -n "$address" ] || { echo "the server did not start" >&2; exit 1; }

"$build/greeter/greeter_client" Ada "$address"
kill -TERM $server
wait $server
