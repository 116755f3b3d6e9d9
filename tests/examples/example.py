# SPDX-License-Identifier: MIT
"""example.py: what the tests of the examples share: a server of its own for each, on a free port."""
import re
import signal
import subprocess
import sys
import time

PATIENCE = 60  # seconds that anything may take on a busy machine


class Server:
    """A running server; `with` stops it as SIGTERM does and expects status 0."""

    def __init__(self, *command, address="tcp://127.0.0.1:0"):
        self.process = subprocess.Popen([*command, address], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.match(r"listening on (\S+)", line)
        if not found:
            self.process.wait()
            fail(f"{command} said {line!r}")
        self.address = found[1]
        self.terminated = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        if kind is None:
            self.stop()
        else:
            self.kill()

    def terminate(self):
        """Sends SIGTERM, once: a second one may meet a server that has stopped and is about to exit."""
        if not self.terminated:
            self.process.send_signal(signal.SIGTERM)
        self.terminated = True

    def stop(self):
        self.terminate()
        expect("the server's status", 0, self.process.wait(PATIENCE))

    def kill(self):
        self.process.kill()
        self.process.wait()


def run(*command, status=0, input=None):
    """What the command printed on stdout; its stderr is printed when the status is another."""
    done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != status:
        sys.stderr.write(done.stdout + done.stderr)
        fail(f"{command}: status {done.returncode}, not {status}")
    return done.stdout if status == 0 else done.stderr


def eventually(what, condition):
    """Waits until condition() is true and returns that."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    fail(f"never: {what}")


def expect(what, expected, actual):
    if expected != actual:
        fail(f"{what}: expected {expected!r}, got {actual!r}")


def check(what, condition):
    if not condition:
        fail(what)


def fail(message):
    raise SystemExit(f"FAILED: {message}")
