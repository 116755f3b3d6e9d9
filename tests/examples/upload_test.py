# SPDX-License-Identifier: MIT
"""upload_test.py FOLDER: a file arrives whole, whatever happens to client and server on the way."""
import glob
import os
import random
import re
import subprocess
import sys
import tempfile
import threading

from example import PATIENCE, Server, check, eventually, expect, run

folder = sys.argv[1]
client, program = f"{folder}/upload_client", f"{folder}/upload_server"
SIZE = 3 << 20


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def part_size(store):
    parts = glob.glob(f"{store}/.*.part")
    return os.path.getsize(parts[0]) if parts else 0


def check_plain(work, store):
    with Server(program, store) as server:
        check_value = f"{work}/digits"
        write(check_value, b"123456789")
        expect("the sum", "digits: 9 bytes, sum 995dc9bbdf1939fa\n",
               run(client, server.address, check_value))
        write(f"{work}/empty", b"")
        run(client, server.address, f"{work}/empty")
        expect("an empty file", b"", contents(f"{store}/empty"))

        # The same name with other bytes; and the bar.
        data = random.Random(1).randbytes(200000)
        write(check_value, data)
        done = subprocess.run([client, "-p", server.address, check_value], capture_output=True,
                              text=True, timeout=PATIENCE)
        expect("status", 0, done.returncode)
        check("the bar moves and is full", re.search(r"\[###* +\].*\[#{30}\] 100%", done.stderr, re.DOTALL))
        expect("the new content", data, contents(f"{store}/digits"))
        check("nothing is sent twice",
              "the server has 200000 of 200000" in subprocess.run(
                  [client, server.address, check_value], capture_output=True, text=True,
                  timeout=PATIENCE).stderr)

        check("a hidden file", "INVALID_ARGUMENT: '.x' is no name" in
              (write(f"{work}/.x", b"1"), run(client, server.address, f"{work}/.x", status=1))[1])
        check("no file", "No such file" in run(client, server.address, f"{work}/no", status=1))
        check("help", "usage:" in run(client, status=2))
        check("help of the server", "usage:" in run(program, status=2))
        check("two of the same are one", "ABORTED: 'digits' is being uploaded" in twice(work, server))


def twice(work, server):
    path = f"{work}/digits"
    write(path, random.Random(2).randbytes(SIZE))
    first = subprocess.Popen([client, "-r", "512", server.address, path])
    eventually("the first has begun", lambda: part_size(f"{work}/store") > 0)
    # What held says is old at once, so FAILED_PRECONDITION would be right as well; the lock is first.
    said = run(client, server.address, path, status=1)
    first.kill()
    first.wait()
    return said


def check_resumed(work, store):
    path, data = f"{work}/large", random.Random(3).randbytes(SIZE)
    write(path, data)
    address = f"unix://{work}/socket"

    # The client is killed, and another goes on.
    with Server(program, store, address=address) as server:
        first = subprocess.Popen([client, "-r", "2048", server.address, path])
        eventually("some of it is there", lambda: part_size(store) > 300000)
        first.kill()
        first.wait()
        had = eventually("all that it sent is stored", lambda: part_size(store))
        check("not all of it", had < SIZE and not os.path.exists(f"{store}/large"))

        # The server leaves, is killed, comes back: the client goes on by itself.
        second = subprocess.Popen([client, "-r", "1024", server.address, path],
                                  stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        eventually("the second goes on", lambda: part_size(store) > had + 100000)
    with Server(program, store, address=address) as server:
        had = part_size(store)
        eventually("the second goes on again", lambda: part_size(store) > had + 100000)
        server.kill()
        with Server(program, store, address=address):
            said, complaints = second.communicate(timeout=PATIENCE)
            expect("status", 0, second.returncode)
            check("it is told why", "UNAVAILABLE: the server is shutting down" in complaints)
            resumed = [int(n) for n in re.findall(r"the server has (\d+) of", complaints)]
            check(f"it sends only the rest: {resumed}",
                  len(resumed) == 3 and resumed == sorted(resumed) and resumed[0] > 300000)
            expect("the file", data, contents(f"{store}/large"))
            expect("nothing else is left", 0, part_size(store))
        server.process = None
        server.stop = lambda: None


def check_damaged(work, store):
    """What lies on the server's disk has changed: the sum tells."""
    path = f"{work}/damaged"
    write(path, random.Random(4).randbytes(SIZE))
    with Server(program, store) as server:
        first = subprocess.Popen([client, "-r", "1024", server.address, path])
        eventually("some of it is there", lambda: part_size(store) > 100000)
        first.kill()
        first.wait()
        with open(glob.glob(f"{store}/.damaged*.part")[0], "r+b") as file:
            file.write(b"wrong")
        check("the sum is wrong", "DATA_LOSS: the checksum of 'damaged' is wrong" in
              eventually("the first is over", lambda: refused(server, path)))
        check("not stored", not os.path.exists(f"{store}/damaged"))
        run(client, server.address, path)
        expect("from the start, it is fine", contents(path), contents(f"{store}/damaged"))


def refused(server, path):
    """The error, but that of an upload that the server has not yet seen the end of."""
    said = run(client, server.address, path, status=1)
    return None if "ABORTED" in said or "FAILED_PRECONDITION" in said else said


with tempfile.TemporaryDirectory() as work:
    for part in check_plain, check_resumed, check_damaged:
        store = f"{work}/store"
        os.makedirs(store, exist_ok=True)
        for left in glob.glob(f"{store}/.*.part"):
            os.remove(left)
        part(work, store)
