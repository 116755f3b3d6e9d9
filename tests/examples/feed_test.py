# SPDX-License-Identifier: MIT
"""feed_test.py FOLDER: the feed keeps the pace of its readers, and each has its own."""
import re
import subprocess
import sys
import time

from example import PATIENCE, Server, check, eventually, expect, run

folder = sys.argv[1]
client = f"{folder}/feed_client"
MANY = 100000


def progress(server):
    said = run(client, server.address, "progress")
    return [int(n) for n in re.fullmatch(r"(\d+) produced, (\d+) pauses\n", said).groups()]


def settled(server):
    """How much is produced once nobody produces any more."""
    before, pauses = progress(server)
    time.sleep(0.3)
    return before if pauses > 0 and progress(server)[0] == before else None


with Server(f"{folder}/feed_server") as server:
    expect("three readings", "5 roof 23.95\n6 cellar 15.14\n7 kitchen 19.33\n",
           run(client, server.address, "follow", "5", "3"))
    expect("none", "", run(client, server.address, "follow", "5", "0"))

    # A reader that does not read stops its producer, and no other.
    slow = subprocess.Popen([client, server.address, "follow", "1", str(10 ** 9), "60000"],
                            stdout=subprocess.PIPE, text=True)
    check("the slow one's first", slow.stdout.readline().startswith("1 "))
    produced = eventually("the producer stops", lambda: settled(server))
    check(f"{produced} readings for a reader that has read one", produced < MANY)
    numbers = [int(line.split()[0])
               for line in run(client, server.address, "follow", "0", str(MANY)).splitlines()]
    check("the other reader gets all, in order", numbers == list(range(MANY)))
    slow.kill()
    slow.wait()

    # A drain finishes streams that have an end, and ends those that have none.
    endless = subprocess.Popen([client, server.address, "follow", "0"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    check("the endless one's first", endless.stdout.readline().startswith("0 "))
    server.terminate()
    said, complaint = endless.stdout.read(), endless.stderr.read()
    endless.wait(PATIENCE)
    expect("the endless one's status", 1, endless.returncode)
    expect("why", "follow: UNAVAILABLE: the server is shutting down\n", complaint)
    numbers = [int(line.split()[0]) for line in said.splitlines()]
    check("nothing is missing before the end", numbers == list(range(1, len(numbers) + 1)))

check("help", "usage:" in run(client, status=2))
check("help of the server", "usage:" in run(f"{folder}/feed_server", "--help", status=2))
check("no number", "'x' is not a number" in run(client, "tcp://127.0.0.1:1", "follow", "x", status=2))
