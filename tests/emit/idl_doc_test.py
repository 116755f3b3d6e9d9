#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""idl_doc_test.py IDLC INCLUDE PAGE FLAG...: what docs/idl.md shows is true.

    ```idl          is a file of its own, named by its first line ("// shapes.idl"), and compiles
    ```c            compiles, with the headers of the last such file
    ```c generated  is in the generated C, ```proto generated in the .proto, but for the blanks
    ```c run        is a program whose output is the next ```text

FLAG: what links a program with the runtime.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HEAD = "#include <inttypes.h>\n#include <stdio.h>\n#include <string.h>\n"
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror",
            "-Wno-unused-function"]


def blocks(page):
    """(line, info, text) of each fenced block."""
    lines = page.read_text().splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if start is None:
            start = number
        else:
            yield start, lines[start - 1][3:].strip(), "\n".join(lines[start:number - 1]) + "\n"
            start = None
    assert start is None, f"line {start}: the block does not end"


def pressed(text):
    return re.sub(r"\s+", " ", text).strip()


class Checker:
    def __init__(self, idlc, include, page, flags, folder):
        self.idlc, self.include, self.page, self.flags = idlc, include, page, flags
        self.folder, self.stem, self.said, self.counts = folder, None, None, {}

    def fail(self, line, what):
        sys.exit(f"{self.page}:{line}: {what}")

    def run(self, line, command):
        result = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if result.returncode != 0:
            self.fail(line, result.stdout + result.stderr)
        return result.stdout

    def idl(self, line, text):
        match = re.match(r"// (\w+)\.idl\n", text)
        if not match:
            self.fail(line, "the example has no name")
        self.stem = match.group(1)
        (self.folder / f"{self.stem}.idl").write_text(text)
        self.run(line, [self.idlc, "--werror", "--emit", "types,client,server,proto",
                        f"{self.stem}.idl"])

    def cc(self, line, text, *options):
        headers = "".join(f'#include "{self.stem}_{kind}.h"\n' for kind in ("client", "server"))
        (self.folder / "example.c").write_text(HEAD + headers + f"#line {line + 1}\n" + text)
        self.run(line, [os.environ.get("CC", "cc"), *WARNINGS, f"-I{self.include}", "-I.",
                        "example.c", *options])

    def program(self, line, text):
        self.cc(line, text, f"{self.stem}_types.c", "-o", "example", *self.flags)
        self.said = self.run(line, ["./example"])

    def generated(self, line, text, suffixes):
        files = [p for p in self.folder.iterdir() if p.suffix in suffixes
                 and p.name.startswith(self.stem)]
        if not any(pressed(text) in pressed(p.read_text()) for p in files):
            self.fail(line, "this is not what idlc writes")

    def check(self, line, info, text):
        self.counts[info] = self.counts.get(info, 0) + 1
        if info == "idl":
            self.idl(line, text)
        elif info == "c":
            self.cc(line, text, "-fsyntax-only")
        elif info == "c generated":
            self.generated(line, text, {".h", ".c"})
        elif info == "proto generated":
            self.generated(line, text, {".proto"})
        elif info == "c run":
            self.program(line, text)
        elif info == "text" and self.said is not None:
            if self.said != text:
                self.fail(line, f"the program says\n{self.said}")
            self.said = None
        else:
            self.fail(line, f"nothing checks a block of '{info}'")


def main():
    idlc, include, page, *flags = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="idlc_doc_") as folder:
        checker = Checker(Path(idlc).resolve(), Path(include).resolve(), Path(page), flags,
                          Path(folder))
        for block in blocks(Path(page)):
            checker.check(*block)
    print(", ".join(f"{count} of {info}" for info, count in sorted(checker.counts.items())))
    if checker.counts.get("idl", 0) < 5 or checker.counts.get("c", 0) < 5:
        sys.exit("too few examples")


main()
