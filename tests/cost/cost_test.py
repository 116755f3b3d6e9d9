#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cost_test.py IDLC GENERATOR CC INCLUDE [VALGRIND]: what the compiler costs stays within bounds.

Nothing here is timed: bounds are on memory, bytes written, the text of what gcc makes of them, and
on how instructions grow with the input. An empty CC or VALGRIND leaves its part out; so does a
VALGRIND of "sanitized", and memory with it."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Each about a fifth above what it is; docs/compiler-cost.md has the figures.
WRITTEN_MAX = 5_500_000  # bytes, of 200 structs and 50 services
MEMORY_MAX = 56_000      # KB, of 1000 structs and 250 services
GROWTH_MAX = 4.5         # instructions, of four times the input
TEXT_MAX = 92_000        # bytes, of 20 structs and 5 services

idlc, generator, compiler, include = sys.argv[1:5]
valgrind = sys.argv[5] if len(sys.argv) > 5 else ""
failures = []


def expect(what, found, limit):
    print(f"{what}: {found:,}, at most {limit:,}")
    if found > limit:
        failures.append(what)


def generate(stem, structs, services):
    subprocess.run([sys.executable, generator, stem, str(structs), str(services)], check=True)


def compile_idl(stem):
    """Returns the peak of memory in KB."""
    child = subprocess.Popen([idlc, "--out", stem, stem + ".idl"])
    status, usage = os.wait4(child.pid, 0)[1:]
    if status != 0:
        sys.exit(f"idlc: status {status}")
    return usage.ru_maxrss


def instructions(stem):
    run = subprocess.run(
        [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", idlc, "--out", stem + ".x",
         stem + ".idl"], check=True, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"refs:\s*([\d,]+)", run.stderr).group(1).replace(",", ""))


def main():
    generate("middle", 200, 50)
    compile_idl("middle")
    written = sum(path.stat().st_size for path in pathlib.Path("middle").iterdir())
    expect("bytes written", written, WRITTEN_MAX)
    if valgrind != "sanitized":
        generate("large", 1000, 250)
        expect("memory in KB", compile_idl("large"), MEMORY_MAX)
    if valgrind not in ("", "sanitized"):
        generate("once", 6, 2)
        generate("four", 24, 8)
        growth = instructions("four") / instructions("once")
        expect("growth of instructions", round(growth, 2), GROWTH_MAX)
    if compiler:
        generate("small", 20, 5)
        compile_idl("small")
        text = 0
        for source in sorted(pathlib.Path("small").glob("*.c")):
            subprocess.run([compiler, "-O2", "-I" + include, "-Ismall", "-c", source, "-o", "x.o"],
                           check=True)
            sizes = subprocess.run(["size", "x.o"], check=True, stdout=subprocess.PIPE, text=True)
            text += int(sizes.stdout.splitlines()[1].split()[0])
        expect("text", text, TEXT_MAX)
    sys.exit(f"too much: {', '.join(failures)}" if failures else 0)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
