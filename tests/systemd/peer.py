# SPDX-License-Identifier: MIT
"""What the tests here share: processes that are started with sockets, and a manager that listens."""
import fcntl
import os
import socket
import subprocess
import sys

WAIT = 60  # seconds, for what takes a moment

# Runs as the process that becomes the command, so that it knows its pid.
LAUNCH = """
import os, sys
pid, numbers, command = sys.argv[1], sys.argv[2], sys.argv[3:]
for i, number in enumerate(int(n) for n in numbers.split(",") if n):
    os.dup2(number, 3 + i)
    os.close(number)
os.environ["LISTEN_PID"] = pid or str(os.getpid())
os.execv(command[0], command)
"""


def start(command, sockets=(), names=None, env=None, pid=None):
    """Starts command with the sockets as descriptors 3, 4, ... and the variables that say so."""
    values = dict(os.environ, **(env or {}))
    for variable in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        values.pop(variable, None)
    values.setdefault("NOTIFY_SOCKET", "")
    if sockets or pid:
        values["LISTEN_FDS"] = str(len(sockets))
        if names is not None:
            values["LISTEN_FDNAMES"] = names
        numbers = ",".join(str(s.fileno()) for s in sockets)
        command = [sys.executable, "-c", LAUNCH, str(pid or ""), numbers] + command
    return subprocess.Popen(command, env=values, stderr=subprocess.PIPE, text=True,
                            pass_fds=[s.fileno() for s in sockets])


def high(sock):
    """The same socket under a descriptor that does not collide with 3, 4, ..."""
    copy = socket.socket(fileno=fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, 20))
    sock.close()
    return copy


def listen_tcp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    sock.listen(16)
    port = sock.getsockname()[1]
    return high(sock), f"tcp://127.0.0.1:{port}"


def listen_unix(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(path)
    sock.listen(16)
    return high(sock), "unix://" + path


class Manager:
    """The socket that NOTIFY_SOCKET names."""

    def __init__(self, name):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind("\0" + name[1:] if name[0] == "@" else name)
        self.sock.settimeout(WAIT)
        self.env = {"NOTIFY_SOCKET": name}

    def expect(self, state):
        got = self.sock.recv(4096).decode()
        assert got == state, f"the manager heard {got!r}, not {state!r}"

    def silent(self):
        self.sock.settimeout(0.2)
        try:
            got = self.sock.recv(4096)
        except TimeoutError:
            return
        raise AssertionError(f"the manager heard {got!r}")


def ended(process, status):
    """Waits for the process and gives what it has said."""
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == status, f"status {process.returncode}, not {status}: {said}"
    return said


def greet(client, address, name="Ada"):
    out = subprocess.run([client, name, address], capture_output=True, text=True, timeout=WAIT)
    assert out.stdout == f"Hello, {name}\n", f"{address}: {out.stdout}{out.stderr}"
