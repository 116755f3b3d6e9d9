# SPDX-License-Identifier: MIT
"""kv_test.py FOLDER: what the store has acknowledged is there after kill -9, and watchers hear of all
that lasts."""
import re
import subprocess
import sys
import tempfile
import time

from example import PATIENCE, Server, check, eventually, expect, run

folder = sys.argv[1]
client, program = f"{folder}/kv_client", f"{folder}/kv_server"
ROUNDS, WRITERS, MANY = 4, 3, 1000000


def check_commands(work):
    with Server(program, f"{work}/plain.db") as server:
        def kv(*arguments, status=0):
            return run(client, server.address, *arguments, status=status)

        expect("put", "version 1\n", kv("put", "a/b", "one", "x", "y"))
        expect("put again", "version 2\n", kv("put", "a/b", "two"))
        expect("get", 'a/b = "two" (version 2)\n', kv("get", "a/b"))
        expect("add", "-5\n", kv("add", "n", "-5"))
        expect("empty", "version 1\n", kv("put", "e", ""))
        expect("find", 'a/b = "two" (version 2)\n', kv("find", "a"))
        expect("find all", 3, len(kv("find", "").splitlines()))
        expect("remove", "removed\n", kv("remove", "e"))
        expect("begins anew", "version 1\n", kv("put", "e", "again"))
        expect("stats", "3 keys, 16 bytes\n  number: 1\n  text: 2\n  blob: 0\n", kv("stats"))
        expect("no key", "get: NOT_FOUND: no key 'x'\n", kv("get", "x", status=1))
        expect("no number", "add: FAILED_PRECONDITION: 'e' is not a number\n",
               kv("add", "e", "1", status=1))
        expect("a long key", "put: INVALID_ARGUMENT: a key has at most 256 bytes, not 257\n",
               kv("put", "k" * 257, "", status=1))
        expect("filled", {f"f{i}" for i in range(500)}, set(kv("fill", "f", "500").split()))
    with Server(program, f"{work}/plain.db") as server:
        expect("after a restart", 'a/b = "two" (version 2)\n', run(client, server.address, "get", "a/b"))
        expect("all of it", "503 keys", run(client, server.address, "stats").split(",")[0])
    check("help", "usage:" in run(client, status=2))
    check("help of the server", "usage:" in run(program, status=2))
    check("no such folder", "unable to open" in run(program, f"{work}/none/kv.db", status=1))


class Watch:
    """kv_client watch, in the background."""

    def __init__(self, server, *arguments):
        self.process = subprocess.Popen([client, server.address, "watch", *arguments], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        expect("a watch", "watching\n", self.process.stdout.readline())

    def next(self):
        return self.process.stdout.readline().rstrip("\n")

    def end(self):
        self.process.kill()
        self.process.communicate()


def check_watch(work):
    with Server(program, f"{work}/watch.db") as server:
        def kv(*arguments):
            return run(client, server.address, *arguments)

        kv("put", "x/1", "old")
        kv("put", "y", "other")
        news, all_of_it = Watch(server, "x/"), Watch(server, "x/", "0")
        expect("what is there", '1: x/1 = "old" (version 1)', all_of_it.next())
        kv("set", "x/2", "7")
        kv("put", "y", "other")
        kv("remove", "x/1")
        for name, watch in ("news", news), ("all", all_of_it):
            expect(name, "3: x/2 = 7 (version 1)", watch.next())
            expect(name, "5: x/1 is gone", watch.next())
        late = Watch(server, "", "3")
        expect("from a revision on", ['4: y = "other" (version 2)', "5: x/1 is gone"],
               [late.next(), late.next()])

        # One that does not read holds up nobody, and then learns the last state.
        slow = Watch(server, "s")
        for _ in range(4):
            kv("fill", "s", "3000")
        expect("the last one", "version 1\n", kv("put", "s-last", "z"))
        seen = {}
        while "s-last" not in seen:
            revision, key = re.match(r"(\d+): (\S+) = ", slow.next()).groups()
            check("revisions rise", int(revision) > max(seen.values(), default=0))
            seen[key] = int(revision)
        expect("every key came", 3001, len(seen))
        for watch in news, late, slow:
            watch.end()
        server.stop()
        _, why = all_of_it.process.communicate(timeout=PATIENCE)
        expect("a drain ends it", "watch: UNAVAILABLE: the server is shutting down\n", why)
        server.stop = lambda: None


def check_kills(work):
    """Clients write as fast as they can; the server is killed in the middle, several times."""
    path, acknowledged = f"{work}/kills.db", set()
    for number in range(ROUNDS):
        server = Server(program, path)
        writers = []
        for writer in range(WRITERS):
            log = open(f"{work}/{number}-{writer}", "w+")
            writers.append((log, subprocess.Popen(
                [client, server.address, "fill", f"{number}-{writer}-", str(MANY)],
                stdout=log, stderr=subprocess.DEVNULL)))
        stats = lambda: run(client, server.address, "stats")
        before = int(stats().split()[0])
        eventually("writes", lambda: int(stats().split()[0]) > before + 200)
        time.sleep(0.1 * number)
        server.kill()
        count = len(acknowledged)
        for log, process in writers:
            expect("a writer lost its server", 1, process.wait(PATIENCE))
            log.seek(0)
            acknowledged.update(log.read().split())
            log.close()
        check(f"round {number}: nothing was acknowledged", len(acknowledged) > count)
    with Server(program, path) as server:
        found = dict(re.match(r"(\S+) = (\d+) \(version 1\)", line).groups()
                     for number in range(ROUNDS) for writer in range(WRITERS)
                     for line in run(client, server.address, "find",
                                     f"{number}-{writer}-").splitlines())
    lost = acknowledged - found.keys()
    check(f"{len(lost)} of {len(acknowledged)} acknowledged writes are lost", not lost)
    check("the values are right", all(key.endswith(f"-{value}") for key, value in found.items()))
    print(f"{len(acknowledged)} writes acknowledged, {len(found)} found, {ROUNDS} kills")


with tempfile.TemporaryDirectory() as work:
    check_commands(work)
    check_watch(work)
    check_kills(work)
