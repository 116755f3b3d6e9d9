#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""greet.py NAME [ADDRESS]: calls the greeter of examples/greeter."""
import sys

from idl_client import Channel, RpcError, field, fields

address = sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:50051"
host, port = address.split("://", 1)[1].rsplit(":", 1)
try:
    reply = Channel(host, int(port)).call("Greeter", "greet", field(1, sys.argv[1]), timeout=5).result()
except RpcError as error:
    sys.exit("greet: code %d: %s" % error.args)
print(fields(reply)[1][-1].decode())
