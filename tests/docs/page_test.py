#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""page_test.py IDLC INCLUDE PAGE FLAG...: what a page of docs/ shows is true.

    ```idl          is a file of its own, named by its first line ("// shapes.idl"), and compiles
    ```c            compiles, with the headers of the last such file, behind the other blocks like it under
                    the same heading
    ```c run        is a program (with those before it): its output is the next ```text
    ```c server     is one that serves while the rest under this heading runs, and ends well on SIGTERM
    ```c client     are statements that run against a server of what stands under this heading:
                    example.h says how
    ```c generated  is in the generated C, ```proto generated in the .proto, but for the blanks
    ```sh run       are commands: what they say is the next ```text
    ```make from F  is in the file F of the source
    ```xdr, thrift  are read by the compilers for them, where they are installed; ```proto, by protoc

A page that may show more than it proves (README.md) says so in KNOWN. FLAG: what links a program with
the runtime. Programs find their server at another address than the one that the page names.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
HEAD = """#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
"""
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror",
            "-Wno-unused-function", "-Wno-unused-const-variable"]
ADDRESS = "tcp://127.0.0.1:50051"
# Blocks that are not looked at.
KNOWN = {"README.md": {"", "sh", "make", "cmake"}}
# The compilers of other languages: command, the file's name.
OTHERS = {
    "xdr": (["rpcgen", "-h"], "other.x"),
    "thrift": (["thrift", "--gen", "c_glib"], "other.thrift"),
    "proto": (["protoc", "-o", "/dev/null"], "other.proto"),
}


def blocks(page):
    """(line, info, text) of each fenced block; info "#": a heading."""
    lines = page.read_text().splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.startswith("#"):
            yield number, "#", line
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
        self.section, self.server = "", None

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
        (self.folder / "example.c").write_text(
            HEAD + headers + self.section + f'#line {line + 1} "{self.page.name}"\n' + text)
        self.run(line, [os.environ.get("CC", "cc"), *WARNINGS, f"-I{self.include}", f"-I{HERE}",
                        "-I.", "example.c", *options])

    def build(self, line, text, name):
        text = text.replace(ADDRESS, f"unix://{self.folder}/socket")
        kinds = [k for k in ("types", "client", "server")
                 if (self.folder / f"{self.stem}_{k}.c").exists()]
        self.cc(line, text, *[f"{self.stem}_{k}.c" for k in kinds], "-o", name, *self.flags)

    def snippet(self, line, text):
        self.cc(line, text, "-fsyntax-only")
        self.section += f'#line {line + 1} "{self.page.name}"\n' + text

    def program(self, line, text):
        self.build(line, text, "example")
        self.said = self.run(line, ["timeout", "60", "./example"])

    def client(self, line, text):
        made = "#define HAS_MAKE_SERVER\n" if "make_server(" in self.section else ""
        self.program(line, "static void example(idl_channel *channel, idl_call *call)\n{\n"
                     f"(void)call;\n#line {line + 1}\n{text}}}\n{made}#include \"example.h\"\n")

    def serve(self, line, text):
        self.build(line, text, "server")
        self.server = line, subprocess.Popen(["./server"], cwd=self.folder)
        until = time.monotonic() + 30
        while not (self.folder / "socket").exists():
            if self.server[1].poll() is not None or time.monotonic() > until:
                self.fail(line, "the server does not listen")
            time.sleep(0.02)

    def end_section(self):
        self.section = ""
        if self.server is not None:
            line, process = self.server
            self.server = None
            process.send_signal(signal.SIGTERM)
            if process.wait(60) != 0:
                self.fail(line, f"the server ends with {process.returncode}")

    def commands(self, line, text):
        (self.folder / "idlc").unlink(missing_ok=True)
        (self.folder / "idlc").symlink_to(self.idlc)
        environment = dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}")
        self.said = subprocess.run(["sh", "-c", text], cwd=self.folder, env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    def other(self, line, language, text):
        command, name = OTHERS[language]
        (self.folder / name).write_text(text)
        if shutil.which(command[0]):
            self.run(line, [*command, name])

    def generated(self, line, text, suffixes):
        files = [p for p in self.folder.iterdir() if p.suffix in suffixes
                 and p.name.startswith(self.stem)]
        if not any(pressed(text) in pressed(p.read_text()) for p in files):
            self.fail(line, "this is not what idlc writes")

    def check(self, line, info, text):
        checks = {"idl": self.idl, "c": self.snippet, "c run": self.program,
                  "c client": self.client, "c server": self.serve, "sh run": self.commands}
        if info == "#":
            self.end_section()
            return
        self.counts[info] = self.counts.get(info, 0) + 1
        if self.said is not None and info != "text":
            self.fail(line, f"an example before this says, and the page does not:\n{self.said}")
        if info in checks:
            checks[info](line, text)
        elif info == "c generated":
            self.generated(line, text, {".h", ".c"})
        elif info == "proto generated":
            self.generated(line, text, {".proto"})
        elif info in OTHERS:
            self.other(line, info, text)
        elif " from " in info:
            if pressed(text) not in pressed((SOURCE / info.split(" from ")[1]).read_text()):
                self.fail(line, "this is not in that file")
        elif info == "text" and self.said is not None:
            if self.said != text:
                self.fail(line, f"the program says\n{self.said}")
            self.said = None
        elif info not in KNOWN.get(self.page.name, {}):
            self.fail(line, f"nothing checks a block of '{info}'")
        if self.said == "":
            self.said = None


def main():
    idlc, include, page, *flags = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="idlc_doc_") as folder:
        checker = Checker(Path(idlc).resolve(), Path(include).resolve(), Path(page), flags,
                          Path(folder))
        try:
            for block in blocks(Path(page)):
                checker.check(*block)
            checker.end_section()
        finally:
            if checker.server is not None:
                checker.server[1].kill()
    print(", ".join(f"{count} of {info or 'nothing'}"
                    for info, count in sorted(checker.counts.items())))
    if checker.counts.get("idl", 0) < 1 or checker.counts.get("c", 0) < 2:
        sys.exit("too few examples")


main()
