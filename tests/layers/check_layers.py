#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds every #include of the project against layers.txt.

usage: check_layers.py TREE

layers.txt names layers, one a line: `name: files | layers that it may use`. Files are shell patterns
relative to the tree; the first line that matches a file is its layer. A file may always include its
own layer; `.` after the bar means "and nothing of ours". Every source file must belong to a layer, and
every pattern must match something, so that the table stays true.
"""

import fnmatch
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(idl/[^>]+)>)')
SUFFIXES = {".c", ".h", ".l", ".y"}
FOLDERS = ["idlc", "grammar", "runtime"]


def read_layers(path):
    layers = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, rest = line.partition(":")
        files, _, uses = rest.partition("|")
        layers.append((name.strip(), files.split(), {use for use in uses.split() if use != "."}))
    names = {name for name, _, _ in layers}
    for name, _, uses in layers:
        for use in uses - names:
            sys.exit(f"{path}: '{name}' uses '{use}', which is no layer")
    return layers


def layer_of(layers, file):
    for name, patterns, uses in layers:
        if any(fnmatch.fnmatch(file, pattern) for pattern in patterns):
            return name, uses
    return None, set()


def resolve(tree, file, quoted, public):
    """The included file, relative to the tree; None for one that is generated or a system's."""
    if public:
        candidates = [tree / "runtime/include" / public]
    else:
        candidates = [file.parent / quoted, tree / "idlc" / quoted, tree / "runtime/src" / quoted]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve().relative_to(tree.resolve()).as_posix()
    return None


def main():
    tree = pathlib.Path(sys.argv[1])
    layers = read_layers(pathlib.Path(__file__).parent / "layers.txt")
    files = sorted(path for folder in FOLDERS for path in (tree / folder).rglob("*")
                   if path.suffix in SUFFIXES)
    names = [path.relative_to(tree).as_posix() for path in files]
    problems = []
    count = 0
    for name, patterns, _ in layers:
        for pattern in patterns:
            if not any(fnmatch.fnmatch(file, pattern) for file in names):
                problems.append(f"layers.txt: '{pattern}' of '{name}' matches no file")
    for path, name in zip(files, names):
        layer, uses = layer_of(layers, name)
        if layer is None:
            problems.append(f"{name}: belongs to no layer")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            target = match and resolve(tree, path, match.group(1), match.group(2))
            if not target:
                continue
            count += 1
            other, _ = layer_of(layers, target)
            if other != layer and other not in uses:
                problems.append(f"{name}:{number}: '{layer}' may not include {target} ('{other}')")
    print("\n".join(problems) or f"{len(files)} files, {count} includes: all in the right direction")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
