# SPDX-License-Identifier: MIT
"""chat_test.py FOLDER: people come, talk and go; one whose terminal stands still holds up nobody."""
import re
import signal
import subprocess
import sys

from example import PATIENCE, Server, check, expect, run

folder = sys.argv[1]
client = f"{folder}/chat_client"
BATCHES, BATCH, TEXT = 10, 200, "x" * 900


class Person:
    def __init__(self, server, name):
        self.name = name
        self.process = subprocess.Popen([client, name, server.address], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def hears(self, *lines):
        for line in lines:
            expect(f"{self.name} hears", line, self.next())

    def next(self):
        return self.process.stdout.readline().rstrip("\n")

    def ends(self, status, complaint=""):
        expect(f"the end of {self.name}", complaint, self.process.stderr.read())
        expect(f"the status of {self.name}", status, self.process.wait(PATIENCE))


def check_talk(server):
    ada = Person(server, "ada")
    ada.hears("* ada has joined")
    bob = Person(server, "bob")
    bob.hears("* ada is here", "* bob has joined")
    eve = Person(server, "eve")
    eve.hears("* bob is here", "* ada is here", "* eve has joined")
    ada.hears("* bob has joined", "* eve has joined")

    ada.say("hello")
    bob.say("a bell \a and an escape \x1b[2J")
    bob.hears("* eve has joined", "ada: hello")
    ada.hears("bob: a bell   and an escape  [2J")
    check("eve hears both", {eve.next(), eve.next()} ==
          {"ada: hello", "bob: a bell   and an escape  [2J"})
    eve.say("")
    ada.hears("eve: ")

    Person(server, "ada").ends(1, "ALREADY_EXISTS: there is a 'ada' already\n")
    Person(server, "a b").ends(1, "INVALID_ARGUMENT: a name has no spaces\n")

    bob.process.stdin.close()  # the end of his input
    ada.hears("* bob has left")
    eve.process.kill()
    ada.hears("* eve has left")
    bob.hears("eve: ")
    bob.ends(0)

    # A line without its end, and one that is longer than a line may be, arrive all the same.
    eve = Person(server, "eve")
    eve.hears("* ada is here", "* eve has joined")
    ada.hears("* eve has joined")
    eve.process.stdin.write("l" * 1500 + "\nlast")
    eve.process.stdin.close()
    ada.hears("eve: " + "l" * 1000, "eve: " + "l" * 500, "eve: last", "* eve has left")
    eve.ends(0)
    ada.process.stdin.close()
    ada.ends(0)


def check_slow(server):
    ada, bob, eve = (Person(server, name) for name in ("ada", "bob", "eve"))
    for person in ada, bob, eve:
        while person.next() != f"* {person.name} has joined":
            pass
    eve.process.send_signal(signal.SIGSTOP)
    count = 0
    for batch in range(BATCHES):
        ada.process.stdin.write("".join(f"{batch * BATCH + i} {TEXT}\n" for i in range(BATCH)))
        ada.process.stdin.flush()
        for i in range(BATCH):  # nobody else waits for eve
            line = bob.next()
            while line.startswith("* "):
                line = bob.next()
            expect("bob hears all", f"ada: {count} {TEXT}", line)
            count += 1
    eve.process.send_signal(signal.SIGCONT)
    heard, missed, last = 0, 0, -1
    while last < count - 1:
        line = eve.next()
        if found := re.fullmatch(r"\* (\d+) missed", line):
            missed += int(found[1])
        elif found := re.match(r"ada: (\d+) ", line):
            check("in order", int(found[1]) > last)
            last = int(found[1])
            heard += 1
    check("eve missed some", missed > 0)
    expect("eve knows how many", count, heard + missed)
    server.terminate()
    for person in ada, bob, eve:
        person.ends(1, "UNAVAILABLE: the server is shutting down\n")


with Server(f"{folder}/chat_server") as server:
    check_talk(server)
    check_slow(server)
check("help", "usage:" in run(client, status=2))
check("help of the server", "usage:" in run(f"{folder}/chat_server", "--help", status=2))
check("a name too long", "usage:" in run(client, "n" * 21, status=2))
