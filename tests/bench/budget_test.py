#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""budget_test.py BUDGET VALGRIND UNARY IDLC CC INCLUDE [GREETER SMALL] [--update]

What a call costs in instructions of user code, and what programs take in bytes, against the
figures in BUDGET: no more than a twentieth above. What got cheaper by more than that is told too,
as then the budget protects nothing. --update writes the figures that were found.

Instructions are those of two runs of different length, subtracted: beginning and end don't count.
UNARY and GREETER are built with -O2, whatever the rest is, SMALL for size; without a libuv to link
into them there are no greeters."""
import os
import re
import signal
import subprocess
import sys
import tempfile

SLACK = 0.05
LOADS = (("client", "call", 200, 1200), ("flight", "call of 64 at once", 6400, 19200),
         ("limited", "call of 64 at once with a deadline", 6400, 19200),
         ("stream", "message", 20000, 60000))
METHODS = 10

budget_file, valgrind, unary, idlc, compiler, include = sys.argv[1:7]
greeters = [argument for argument in sys.argv[7:] if argument != "--update"]


def counted(out, *command):
    return [valgrind, "-q", "--tool=callgrind", f"--callgrind-out-file={out}", *command]


def instructions(out):
    with open(out) as file:
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M).group(1))


def run(what, count, folder):
    """Instructions of the client and of the server."""
    outs = [os.path.join(folder, side) for side in ("client", "server")]
    server = subprocess.Popen(counted(outs[1], unary, "server"), stdout=subprocess.PIPE)
    port = server.stdout.readline().decode().strip()
    subprocess.run(counted(outs[0], unary, what, port, str(count)), check=True, timeout=100)
    server.send_signal(signal.SIGTERM)
    if server.wait(60) != 0:
        sys.exit("the server failed")
    server.stdout.close()
    return [instructions(out) for out in outs]


def text_of(methods, side, folder):
    """Bytes of code and constants of the stubs of a service with so many methods."""
    idl = os.path.join(folder, "many.idl")
    with open(idl, "w") as file:
        file.write("service Many <\n")
        file.writelines(f"  method_{i}(string text) -> string;\n" for i in range(methods))
        file.write(">\n")
    subprocess.run([idlc, "--out", folder, idl], check=True)
    source = os.path.join(folder, f"many_{side}.c")
    subprocess.run([compiler, "-O2", "-c", f"-I{include}", f"-I{folder}", source, "-o", source + ".o"],
                   check=True)
    out = subprocess.run(["size", source + ".o"], check=True, capture_output=True, text=True)
    return sum(int(n) for n in out.stdout.splitlines()[1].split()[:2])


def stripped(program, folder):
    copy = os.path.join(folder, "stripped")
    subprocess.run(["strip", "-o", copy, program], check=True)
    return os.path.getsize(copy)


def measure():
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for what, name, few, many in LOADS:
            base, more = run(what, few, folder), run(what, many, folder)
            for i, side in enumerate(("client", "server")):
                each = (more[i] - base[i]) / (many - few)
                found[f"{side} instructions a {name}"] = round(each)
        for side in ("client", "server"):
            each = (text_of(METHODS + 1, side, folder) - text_of(1, side, folder)) / METHODS
            found[f"{side} bytes a method"] = round(each)
        for name, greeter in zip(("", ", for size"), greeters):
            found[f"greeter server bytes{name}"] = stripped(greeter, folder)
        return found


def read_budget():
    with open(budget_file) as file:
        lines = [line.split(":") for line in file if line.strip() and not line.startswith("#")]
    return {name: int(value) for name, value in lines}


def write_budget(found):
    with open(budget_file) as file:
        head = [line for line in file if line.startswith("#")]
    with open(budget_file, "w") as file:
        file.writelines(head + ["\n"] + [f"{name}: {value}\n" for name, value in found.items()])


def main():
    found, failed = measure(), False
    if "--update" in sys.argv:
        write_budget({**read_budget(), **found})
    budget = read_budget()
    for name, value in found.items():
        allowed = budget.get(name, 0)
        off = value / allowed - 1 if allowed else 1.0
        print(f"{name}: {value}, of {allowed} ({off:+.1%})")
        failed |= off > SLACK
        if off < -SLACK:
            print("  cheaper than recorded: ninja update-budget")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
