#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the compiler and the runtime against promises.txt: what calls itself, what ends the process,
and what is neither constant nor on a stack.

usage: check_promises.py TREE BUILD

Compiles each of their files once more with gcc, which tells the graph of calls (-fcallgraph-info) and,
without position independence, leaves in .data and .bss only what is written to. Calls through pointers
are not in the graph: promises.txt says of them in words. Lines that nothing answers to fail as well.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

TARGETS = ("idlc_core.dir/", "idlc.dir/", "idl-runtime-static.dir/")
ENDS = {"abort", "exit", "_exit", "_Exit", "quick_exit", "__assert_fail"}
EDGE = re.compile(r'^edge: { sourcename: "([^"]+)" targetname: "([^"]+)"')


def compile_one(entry, out):
    """The edges between its functions, and its variables."""
    words = shlex.split(entry["command"])
    words = words[next(i for i, word in enumerate(words) if word.endswith(("gcc", "cc"))):]
    words[words.index("-o") + 1] = out
    words = [word for word in words if word != "-fPIC"]
    subprocess.run([*words, "-O0", "-fno-pie", "-w", "-fcallgraph-info"], cwd=entry["directory"],
                   check=True)
    graph = pathlib.Path(out).with_suffix(".ci").read_text().splitlines()
    symbols = subprocess.run(["nm", "-f", "posix", out], check=True, capture_output=True, text=True)
    variables = [line.split()[0] for line in symbols.stdout.splitlines()
                 if line.split()[1] in "bBdDC"]
    return [match.groups() for match in map(EDGE.match, graph) if match], variables


def cycles(edges):
    """The strongly connected parts with a cycle (Tarjan)."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in number:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == number[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1 or node in edges.get(node, ()):
                found.append(part)

    for node in list(edges):
        if node not in number:
            visit(node)
    return found


def plain(node):
    """A function's name: static ones have their file's before it."""
    return node.rsplit(":", 1)[-1]


def read_promises(path):
    promises = set()
    for line in path.read_text().splitlines():
        what, _, reason = line.split("#")[0].partition("|")
        words = what.split()
        if not words:
            continue
        if not reason.strip():
            sys.exit(f"{path}: without a reason: {line}")
        promises.add((words[0], " ".join(sorted(words[1:]))))
    return promises


def main():
    tree, build = (pathlib.Path(name).resolve() for name in sys.argv[1:])
    commands = json.loads((build / "compile_commands.json").read_text())
    entries = [entry for entry in commands
               if any(f"CMakeFiles/{target}" in entry["command"] for target in TARGETS)]
    edges, found = collections.defaultdict(set), set()
    with tempfile.TemporaryDirectory() as folder:
        outs = [os.path.join(folder, f"{i}.o") for i in range(len(entries))]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for calls, variables in pool.map(compile_one, entries, outs):
                found |= {("variable", name.split(".")[0]) for name in variables}
                found |= {("end", f"{plain(a)} {b}") for a, b in calls if b in ENDS}
                for a, b in calls:
                    edges[a].add(b)
    found = {(kind, " ".join(sorted(what.split()))) for kind, what in found}
    sys.setrecursionlimit(100000)
    for part in cycles(edges):
        found.add(("cycle", " ".join(sorted(plain(node) for node in part))))
    promises = read_promises(pathlib.Path(__file__).parent / "promises.txt")
    problems = [f"not in promises.txt: {kind} {what}" for kind, what in sorted(found - promises)]
    problems += [f"not so any more: {kind} {what}" for kind, what in sorted(promises - found)]
    print("\n".join(problems) or f"{len(entries)} files, {len(edges)} functions that call: as promised")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
