#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""random_idl.py IDLC INCLUDE SEED COUNT: whatever idlc accepts must compile.

Writes COUNT random IDL files whose names are as unfortunate as can be, and compiles what idlc
makes of those that it accepts: C11 with gcc and clang, the headers as C++17. Says the seed and
keeps the files when one does not compile.
"""
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SCALARS = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 sint32 sint64 fixed32 fixed64
sfixed32 sfixed64 float double string bytes""".split()
KEYS = [s for s in SCALARS if s not in ("float", "double", "bytes")]
# Keywords, the library's names, the stubs' own names, and the pieces of derived names.
WORDS = """int class struct template new this auto nullptr typeof co_await and_eq bool true errno
stdin assert offsetof size_t uint32_t time move index signal stat tm printf exit main std EOF NULL
SIGINT INT8_MAX I unix linux i386 major y0 j1 environ w r m h i tag call item channel reply done
arg fn code server handlers user arena bytes message value out request in key count items idlX
list map stream oneway optional package import const enum service oneof reserved type encode
decode name put get empty entry send recv finish async on_recv emit next on_next complete serve
method enter entries result arg1 has_x x not_set HTTPServer getURL x2y aB Ab alpha beta gamma
delta str by_str item_list ItemType PutItem item_by_str float double string nothing channel_open
wchar_t va_list NULLX BOOL_MAX register_t define defined inline restrict _Bool""".split()
WORDS = [w for w in WORDS if not w.startswith("_")]
SUFFIXES = """list type encode decode name by_str by_int32 by_str_entry entry async send recv finish
on_recv complete emit next on_next handlers serve request not_set put_x method""".split()
TEXTS = ["", "plain", "*/", "/*", "??/", "\\", "%s\\n", "\u202e", "a\nb", "// x", "\t", '"']


class Namer:
    """Names that differ in more than case and '_'."""

    def __init__(self, rnd):
        self.rnd, self.used, self.given = rnd, set(), []

    def __call__(self):
        while True:
            words = self.rnd.sample(WORDS, self.rnd.choice((1, 1, 1, 2, 2, 3)))
            if self.given and self.rnd.random() < 0.3:  # what is derived from another
                words = [self.rnd.choice(self.given), self.rnd.choice(SUFFIXES)]
            name = self.rnd.choice((self.snake, self.camel, self.pascal, self.upper))(words)
            key = name.replace("_", "").lower()
            if key not in self.used and not re.search(r"__|_$|^idl_|^[0-9]", name):
                self.used.add(key)
                self.given.append(name)
                return name

    @staticmethod
    def snake(words):
        return "_".join(words)

    @staticmethod
    def camel(words):
        return words[0] + "".join(w[:1].upper() + w[1:] for w in words[1:])

    @staticmethod
    def pascal(words):
        return "".join(w[:1].upper() + w[1:] for w in words)

    @staticmethod
    def upper(words):
        return "_".join(words).upper()


class File:
    def __init__(self, rnd, imports):
        self.rnd, self.imports = rnd, imports
        self.names = Namer(rnd)
        self.package = ""
        if rnd.random() < 0.5:
            self.package = ".".join(Namer(rnd)() for _ in range(rnd.randint(1, 2)))
        self.enums = [self.names() for _ in range(rnd.randint(0, 3))]
        self.structs = [self.names() for _ in range(rnd.randint(0, 6))]
        self.services = [self.names() for _ in range(rnd.randint(0, 2))]

    def full(self, name):
        return f"{self.package}.{name}" if self.package else name

    def pick(self, kind):
        pool = [self.full(n) if self.rnd.random() < 0.3 else n for n in getattr(self, kind)]
        pool += [f.full(n) for f in self.imports for n in getattr(f, kind)]
        return self.rnd.choice(pool) if pool else None

    def element(self):
        pick = self.rnd.random()
        if pick < 0.35:
            return self.pick("structs") or "string"
        if pick < 0.55:
            return self.pick("enums") or "bytes"
        return self.rnd.choice(SCALARS)

    def type(self):
        pick = self.rnd.random()
        if pick < 0.2:
            return f"list<{self.element()}>"
        if pick < 0.4:
            return f"map<{self.rnd.choice(KEYS)}, {self.element()}>"
        return self.element()

    def doc(self):
        if self.rnd.random() < 0.7:
            return ""
        text = " ".join(self.rnd.choice(TEXTS) for _ in range(3))
        return "".join(f"/// {line}\n" for line in text.split("\n"))

    def deprecated(self):
        if self.rnd.random() < 0.9:
            return ""
        reason = self.rnd.choice(TEXTS).replace("\\", "\\\\").replace('"', '\\"')
        reason = reason.replace("\n", "\\n").replace("\t", "\\t")
        return f'@deprecated("{reason}") '

    def field(self, names, oneof=False):
        kind = self.element() if oneof else self.type()
        optional = ""
        if not oneof and kind in SCALARS and self.rnd.random() < 0.3:
            optional = "optional "
        return f"{self.doc()}{self.deprecated()}{optional}{kind} {names()};\n"

    def struct(self, name):
        names, out = Namer(self.rnd), f"{self.doc()}{self.deprecated()}struct {name} <\n"
        for _ in range(self.rnd.choice((0, 1, 2, 3, 8))):
            if self.rnd.random() < 0.15:
                inner = "".join(self.field(names, True) for _ in range(self.rnd.randint(1, 4)))
                out += f"oneof {names()} < {inner} >\n"
            else:
                out += self.field(names)
        return out + ">\n"

    def enum(self, name):
        names, out = Namer(self.rnd), f"{self.doc()}{self.deprecated()}enum {name} <\n"
        numbers = [0] + self.rnd.sample(range(-5, 6), 3) + [2147483647, -2147483648]
        for number in dict.fromkeys(numbers):
            out += f"{self.doc()}{self.deprecated()}{names()} = {number};\n"
        return out + ">\n"

    def parameter(self, names):
        kind, name = self.type(), names()
        optional = "optional " if kind in SCALARS and self.rnd.random() < 0.3 else ""
        return f"{optional}{kind} {name}"

    def method(self, names):
        rnd, inner = self.rnd, Namer(self.rnd)
        head = self.doc() + self.deprecated() + rnd.choice(("", "", "@idempotent "))
        name = names()
        if rnd.random() < 0.15:
            return f"{head.replace('@idempotent ', '')}oneway {name}({self.parameter(inner)});\n"
        if rnd.random() < 0.3:
            parameters = f"stream {self.type()} {inner()}"
        elif rnd.random() < 0.2:
            parameters = self.type()
        else:
            parameters = ", ".join(self.parameter(inner) for _ in range(rnd.randint(0, 4)))
        result = rnd.choice(("", f" -> {self.type()}", f" -> stream {self.type()}"))
        return f"{head}{name}({parameters}){result};\n"

    def constant(self, name):
        kind = self.rnd.choice(("uint8", "int64", "string", "double", "bool", "float"))
        value = {
            "uint8": "255", "int64": self.rnd.choice(("-9223372036854775808", "7")),
            "string": '"' + self.rnd.choice(("??/", "\\x01\\x311", "\\\"", "*/")) + '"',
            "double": self.rnd.choice(("-0.0", "1e300", "3.14", "5e-324")), "bool": "true",
            "float": self.rnd.choice(("1", "-2.5", "3.4e38")),
        }[kind]
        return f"{self.doc()}const {kind} {name} = {value};\n"

    def text(self, imported):
        out = self.doc()
        out += f"package {self.package};\n" if self.package else ""
        out += "".join(f'import "{name}.idl";\n' for name in imported)
        for _ in range(self.rnd.randint(0, 3)):
            out += self.constant(self.names())
        out += "".join(self.enum(n) for n in self.enums)
        out += "".join(self.struct(n) for n in self.structs)
        for name in self.services:
            names = Namer(self.rnd)
            methods = "".join(self.method(names) for _ in range(self.rnd.randint(0, 5)))
            out += f"{self.doc()}{self.deprecated()}service {name} <\n{methods}>\n"
        return out


def compile_all(folder, include):
    """Compiles what is in folder; the compilers' words when they have any."""
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", f"-I{include}", "-I."]
    sources = sorted(str(p.relative_to(folder)) for p in folder.rglob("*.c"))
    headers = sorted(p.name for p in folder.glob("*.h"))
    (folder / "all.cc").write_text("".join(f'#include "{h}"\n' for h in headers))
    runs = [[cc, "-std=c11", "-Wconversion", *flags, "-fsyntax-only", *sources]
            for cc in ("gcc", "clang") if shutil.which(cc)]
    if shutil.which("g++"):
        runs.append(["g++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                     f"-I{include}", "-I.", "-fsyntax-only", "all.cc"])
    for run in runs:
        result = subprocess.run(run, cwd=folder, capture_output=True, text=True, errors="replace")
        if result.returncode != 0:
            return result.stderr
    return ""


def main():
    args = sys.argv[1:]
    idlc, include = Path(args.pop(0)).resolve(), Path(args.pop(0)).resolve()
    seed, count = int(args[0]), int(args[1])
    accepted = 0
    for number in range(seed, seed + count):
        rnd = random.Random(number)
        folder = Path(tempfile.mkdtemp(prefix="idlc_random_"))
        base = File(rnd, [])
        top = File(rnd, [base])
        (folder / "base.idl").write_text(base.text([]))
        (folder / "top.idl").write_text(top.text(["base"]))
        result = subprocess.run([idlc, "--emit", "types,client,server,sample", "-o", "out",
                                 "base.idl", "top.idl"], cwd=folder, capture_output=True, text=True,
                                errors="replace")
        if result.returncode not in (0, 1):
            sys.exit(f"seed {number}: idlc ended with {result.returncode}, files in {folder}\n"
                     + result.stderr)
        words = ""
        if result.returncode == 0:
            accepted += 1
            words = compile_all(folder / "out", include)
        if words:
            sys.exit(f"seed {number}: does not compile, files in {folder}\n{words}")
        shutil.rmtree(folder)
    print(f"{accepted} of {count} accepted, and all of those compile")
    if accepted * 4 < count:
        sys.exit("too few are accepted to prove anything")


if __name__ == "__main__":
    main()
