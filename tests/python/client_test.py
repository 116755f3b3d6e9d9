#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""client_test.py SERVER GREETER: the client of examples/python against servers in C."""
import os, subprocess, sys, time, unittest

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/python")
sys.path.insert(0, EXAMPLE)
from idl_client import WINDOW, Channel, RpcError, field, fields


class Server:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[-1]
        self.port = int(self.address.rsplit(":", 1)[1])

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(30)


def first(message):
    return fields(message)[1][-1]


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(SERVER)
        self.channel = Channel("127.0.0.1", self.server.port)

    def tearDown(self):
        self.channel.socket.close()
        self.assertEqual(self.server.stop(), 0)

    def call(self, method, *arguments, timeout=None):
        message = b"".join(field(i + 1, value) for i, value in enumerate(arguments))
        return self.channel.call("demo.Demo", method, message, timeout)

    def failure(self, call):
        with self.assertRaises(RpcError) as caught:
            call.result()
        return caught.exception.args

    def test_unary(self):
        self.assertEqual(first(self.call("greet", "Ada").result()), b"Hello, Ada")
        self.assertEqual(first(self.call("greet", "Zoë", timeout=10).result()).decode(), "Hello, Zoë")

    def test_several_at_once(self):
        calls = [self.call("greet", str(i)) for i in range(100)]
        for i in reversed(range(100)):
            self.assertEqual(first(calls[i].result()), f"Hello, {i}".encode())

    def test_errors(self):
        self.assertEqual(self.failure(self.call("fail", 5, "not here")), (5, "not here"))
        self.assertEqual(self.failure(self.call("absent"))[0], 12)
        self.assertEqual(self.failure(self.channel.call("no.Such", "greet", b""))[0], 12)
        self.assertEqual(self.failure(self.call("greet", b"\xff"))[0], 3)
        self.assertEqual(first(self.call("greet", "Ada").result()), b"Hello, Ada")

    def test_stream_from_the_server(self):
        """Many windows: it stops without the credit that the client gives back."""
        items = list(self.call("list", 3000, 1000))
        self.assertEqual([len(first(item)) for item in items], [1000] * 3000)
        self.assertEqual(list(self.call("list", 0, 1)), [])
        self.assertEqual(len(first(next(iter(self.call("list", 1, 3 * WINDOW))))), 3 * WINDOW)

    def test_a_stalled_stream_stalls_itself_alone(self):
        stalled = self.call("list", 3000, 1000)
        for i in range(200):
            self.assertEqual(first(self.call("greet", "Ada").result()), b"Hello, Ada")
        held = sum(10 + len(message) for message in stalled.messages)
        self.assertLess(held, WINDOW + 2000)
        self.assertEqual(len(list(stalled)), 3000)

    def test_stream_from_the_client(self):
        call = self.channel.call("demo.Demo", "sum")
        for i in range(50000):  # 10 bytes of frame each, and the message: over a window
            call.send(field(1, i))
        call.send(None)
        self.assertEqual(first(call.result()), 50000 * 49999 // 2)

    def test_both_ways(self):
        call = self.channel.call("demo.Demo", "echo")
        replies = iter(call)
        for i in range(100):
            call.send(field(1, b"x" * i * 100))
            self.assertEqual(len(fields(next(replies)).get(1, [b""])[-1]), i * 100)
        call.send(None)
        self.assertEqual(list(replies), [])

    def test_deadline(self):
        begun = time.monotonic()
        self.assertEqual(self.failure(self.call("wait", 20000, timeout=0.1))[0], 4)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(first(self.call("greet", "Ada").result()), b"Hello, Ada")
        self.wait_for_cancelled(1)

    def test_cancel(self):
        for _ in range(100):  # one that is cancelled before its handler runs does not count
            call = self.call("wait", 20000)
            time.sleep(0.05)
            call.cancel()
            if self.cancelled() != 0:
                break
        self.wait_for_cancelled(1)

    def cancelled(self):
        return fields(self.call("cancelled").result()).get(1, [0])[-1]

    def wait_for_cancelled(self, count):
        for _ in range(1000):
            if self.cancelled() >= count:
                return
            time.sleep(0.01)
        self.fail("no call was cancelled")


class ExampleTest(unittest.TestCase):
    def test_greet(self):
        server = Server(GREETER, "tcp://127.0.0.1:0")
        said = subprocess.run([sys.executable, os.path.join(EXAMPLE, "greet.py"), "Ada", server.address],
                              stdout=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(server.stop(), 0)
        self.assertEqual((said.returncode, said.stdout), (0, "Hello, Ada\n"))

    def test_length(self):
        with open(os.path.join(EXAMPLE, "idl_client.py"), encoding="utf-8") as file:
            self.assertLess(len(file.readlines()), 100)


if __name__ == "__main__":
    SERVER, GREETER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
