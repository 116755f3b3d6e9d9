#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames from outside: the framing of idl/frame.h in a few lines of Python, over TCP."""
import socket
import subprocess
import sys
import threading


def send_frame(sock, payload):
    sock.sendall(len(payload).to_bytes(4, "big") + payload)


def recv_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def recv_frame(sock):
    return recv_exactly(sock, int.from_bytes(recv_exactly(sock, 4), "big"))


def main():
    server = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE)
    port = int(server.stdout.readline())
    sock = socket.create_connection(("127.0.0.1", port), timeout=60)
    frames = [b"Ada", b"Bob", b"", b"x" * 65536, bytes(range(256)) * 4000, b"last"]
    # All at once, so that they arrive glued together; then one byte at a time.
    sender = threading.Thread(target=lambda: [send_frame(sock, f) for f in frames])
    sender.start()
    for frame in frames:
        assert recv_frame(sock) == frame[::-1]
    sender.join()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"\0\0\0\3Ada\0\0\0\0":
        sock.sendall(bytes([byte]))
    assert recv_frame(sock) == b"adA"
    assert recv_frame(sock) == b""
    sock.close()
    assert server.wait(60) == 0


main()
