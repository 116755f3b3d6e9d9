#!/bin/sh
# SPDX-License-Identifier: MIT
# pkgconfig_test.sh: a Makefile as in the README, with pkg-config and idlc --depfile alone, against
# the shared library and the static one.
. "$(dirname "$0")/lib.sh"
install_product
PATH=$prefix/bin:$PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name idl-runtime.pc)")
export PATH PKG_CONFIG_PATH

dir=$work/greeter
mkdir -p "$dir"
cp "$source_dir"/examples/greeter/*.c "$source_dir"/examples/greeter/greeter.idl "$dir"
cat >"$dir/Makefile" <<'EOF'
CFLAGS += -std=c11 -Wall -Wextra $(shell pkg-config --cflags idl-runtime)
LDLIBS += $(shell pkg-config --libs $(STATIC) idl-runtime)

all: server client
server: server.o greeter_server.o greeter_types.o
client: client.o greeter_client.o greeter_types.o
server.o client.o: greeter_types.h

greeter_types.h greeter_types.c greeter_client.h greeter_client.c greeter_server.h greeter_server.c &: greeter.idl
	idlc --depfile greeter.d greeter.idl
-include greeter.d
EOF
check() { # NAME LIBRARY_PATH MAKE_ARGUMENTS...
    name=$1 path=$2
    shift 2
    run make -C "$dir" "$@" all
    LD_LIBRARY_PATH=$path
    export LD_LIBRARY_PATH
    serve "$dir/server"
    expect "$name" "Hello, Ada" "$("$dir/client" Ada "$address")"
    stop_server
    make -C "$dir" "$@" -q all || fail "$name: make would build again"
    rm -f "$dir"/*.o "$dir/server" "$dir/client"
}
check shared "$PKG_CONFIG_PATH/.."
rm -f "$PKG_CONFIG_PATH"/../libidl-runtime.so*
check static "" STATIC=--static
echo "pkgconfig: all passed"
