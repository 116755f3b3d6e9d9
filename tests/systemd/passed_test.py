# SPDX-License-Identifier: MIT
"""passed_test.py GREETERD CLIENT: sockets that are passed by LISTEN_FDS, and a server that reports by
NOTIFY_SOCKET, without any part of systemd."""
import os
import signal
import socket
import subprocess
import sys
import tempfile

from peer import Manager, ended, greet, high, listen_tcp, listen_unix, start

greeterd, client = sys.argv[1:]
folder = tempfile.mkdtemp(prefix="idl-passed-")


def serves_all_and_reports(manager):
    tcp, tcp_address = listen_tcp()
    unix, unix_address = listen_unix(folder + "/socket")
    server = start([greeterd], [tcp, unix], env=manager.env)
    manager.expect("READY=1")
    greet(client, tcp_address)
    greet(client, unix_address)
    server.send_signal(signal.SIGTERM)
    manager.expect("STOPPING=1")
    said = ended(server, 0)
    assert said == f"listening on {tcp_address}\nlistening on {unix_address}\n", said
    assert os.path.exists(folder + "/socket"), "the socket file is its owner's"
    # Nobody serves, but the sockets are still there: who calls waits for the next server.
    waiting = subprocess.Popen([client, "Bob", unix_address], stdout=subprocess.PIPE, text=True)
    server = start([greeterd], [tcp, unix], env=manager.env)
    manager.expect("READY=1")
    assert waiting.communicate(timeout=60)[0] == "Hello, Bob\n"
    server.terminate()
    manager.expect("STOPPING=1")
    ended(server, 0)
    os.unlink(folder + "/socket")


def names_choose(manager):
    sockets, addresses = zip(listen_tcp(), listen_tcp(), listen_tcp())
    for names, wanted, expected in (
        ("a:b:a", ["systemd://a"], [0, 2]),
        ("a:b:a", ["systemd://b"], [1]),
        ("a:b:a", ["ttrpc+systemd://b", "systemd://a"], [1, 0, 2]),
        ("a", ["systemd://unknown"], [1, 2]),
        (None, ["systemd://"], [0, 1, 2]),
        ("a:b:c", ["fd://4"], [1]),
    ):
        server = start([greeterd] + wanted, sockets, names, env=manager.env)
        manager.expect("READY=1")
        lines = [server.stderr.readline().strip() for _ in expected]
        prefix = "ttrpc+" if wanted[0].startswith("ttrpc+") else ""
        told = [f"listening on {addresses[i]}" for i in expected]
        told[0] = told[0].replace(" tcp", f" {prefix}tcp")
        assert lines == told, (names, wanted, lines)
        if not prefix:
            greet(client, addresses[expected[0]])
        server.terminate()
        manager.expect("STOPPING=1")
        assert ended(server, 0) == ""


def what_can_not_be_served_is_said():
    tcp, address = listen_tcp()
    datagram = high(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    quiet = high(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    none = "no sockets were passed to this process (LISTEN_FDS, LISTEN_PID)"
    not_listening = "not a listening socket (with Accept=yes a service gets connections)"
    for sockets, names, pid, wanted, why in (
        ([], None, None, ["systemd://"], f"systemd://: {none}"),
        ([tcp], None, 1, ["systemd://"], f"systemd://: {none}"),
        ([tcp], "a", None, ["systemd://b"],
         "systemd://b: no socket of that name was passed (LISTEN_FDNAMES)"),
        ([tcp], "ab", None, ["systemd://a"],
         "systemd://a: no socket of that name was passed (LISTEN_FDNAMES)"),
        ([datagram], None, None, ["systemd://"],
         "systemd://: descriptor 3: not a stream socket of TCP or Unix"),
        ([tcp, quiet], None, None, ["systemd://"], f"systemd://: descriptor 4: {not_listening}"),
        ([tcp], None, None, ["systemd://", "fd://3"],
         "fd://3: the server listens on descriptor 3 already"),
        ([], None, None, ["fd://999"], "fd://999: descriptor 999: there is no such descriptor"),
        ([], None, None, ["fd://"], "fd://: expected a descriptor's number (fd://3)"),
        ([], None, None, ["fd://-1"], "fd://-1: expected a descriptor's number (fd://3)"),
        ([], None, None, ["systemd://a:b"],
         "systemd://a:b: expected a name without ':' of at most 255 bytes, or none"),
    ):
        said = ended(start([greeterd] + wanted, sockets, names, pid=pid), 1)
        assert said.splitlines()[-1] == why, (wanted, said)
    out = subprocess.run([client, "Ada", "systemd://"], capture_output=True, text=True)
    assert "systemd://: can be listened on only" in out.stderr, out.stderr


def a_manager_that_is_gone_harms_nobody():
    for name in ("/nowhere/at/all", "@" + "x" * 200, "vsock:2:1", "x"):
        tcp, address = listen_tcp()
        server = start([greeterd], [tcp], env={"NOTIFY_SOCKET": name})
        greet(client, address)
        server.terminate()
        ended(server, 0)


def a_server_that_can_not_start_is_not_ready():
    manager = Manager(f"@idl-passed-silent-{os.getpid()}")
    ended(start([greeterd, "fd://999"], env=manager.env), 1)
    manager.silent()


try:
    serves_all_and_reports(Manager(folder + "/notify"))
    serves_all_and_reports(Manager(f"@idl-passed-{os.getpid()}"))
    names_choose(Manager(folder + "/names"))
    what_can_not_be_served_is_said()
    a_manager_that_is_gone_harms_nobody()
    a_server_that_can_not_start_is_not_ready()
finally:
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
