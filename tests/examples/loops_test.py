# SPDX-License-Identifier: MIT
"""loops_test.py FOLDER: clients of every loop there is have a thousand calls open at once, at a server that
is in a loop too: each of them one thread, which sleeps meanwhile."""
import contextlib
import os
import signal
import subprocess
import sys
import time

from example import PATIENCE, Server, check, eventually, expect, run

folder = sys.argv[1]
LOOPS = [loop for loop in ("poll", "libuv", "glib", "libevent") if os.path.exists(f"{folder}/loops_{loop}")]
CALLS, CALLS_MS = 1000, 3000
LOOK, LOOK_TICKS, LOOK_WAKES = 0.5, 5, 10  # who sleeps for so many seconds: CPU time, how often it woke


def effort(process):
    """CPU time in ticks, and how often it has gone to sleep."""
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    with open(f"/proc/{process.pid}/status") as status:
        values = dict(line.split(":", 1) for line in status)
    return int(fields[11]) + int(fields[12]), int(values["voluntary_ctxt_switches"])


def slept(before, now):
    return now[0] - before[0] <= LOOK_TICKS and now[1] - before[1] <= LOOK_WAKES


def see_asleep(processes):
    """Waits until each has slept, with one thread, while the calls wait. On a busy machine that may not be
    so at once."""
    while processes:
        before = [effort(process) for process in processes]
        time.sleep(LOOK)
        check("asleep before the answers come", all(process.poll() is None for process in processes))
        for process in processes:
            expect("threads", 1, len(os.listdir(f"/proc/{process.pid}/task")))
        processes = [process for process, effort_before in zip(processes, before)
                     if not slept(effort_before, effort(process))]


def start(loop, server, calls, ms):
    return subprocess.Popen([f"{folder}/loops_{loop}", server.address, str(calls), str(ms)],
                            stdout=subprocess.PIPE, text=True)


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def check_many():
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(f"{folder}/loops_server")) for _ in LOOPS]
        clients = [start(loop, server, CALLS, CALLS_MS) for loop, server in zip(LOOPS, servers)]
        see_asleep(clients + [server.process for server in servers])
        for loop, client in zip(LOOPS, clients):
            expect(f"what {loop} says", f"{CALLS} calls answered, {CALLS} of them waited at once\n",
                   client.stdout.read())
            expect(f"the status of {loop}", 0, client.wait(PATIENCE))


def check_drain():
    """It waits for the calls that are open, and not for those whose client has gone."""
    with Server(f"{folder}/loops_server") as server:
        alone = descriptors(server)
        gone = start("poll", server, 10, 3600000)
        eventually("the first comes", lambda: descriptors(server) > alone)
        gone.kill()
        gone.wait()
        eventually("the first goes", lambda: descriptors(server) == alone)
        last = start("poll", server, 10, 1000)
        eventually("the last comes", lambda: descriptors(server) > alone)
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        expect("the last one", 0, last.wait(PATIENCE))
        expect("the server", 0, server.process.wait(PATIENCE))


check_many()
check_drain()
for loop in LOOPS:
    check(f"help of {loop}", "usage:" in run(f"{folder}/loops_{loop}", "x", "0", status=2))
    check(f"{loop} without a server", "UNAVAILABLE" in
          run(f"{folder}/loops_{loop}", "tcp://127.0.0.1:1", "3", status=1))
check("help of the server", "usage:" in run(f"{folder}/loops_server", "--help", status=2))
