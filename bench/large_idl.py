#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""large_idl.py: one large service description, as IDL and as the .proto that says the same.

    large_idl.py [--plain] STEM STRUCTS SERVICES

writes STEM.idl and STEM.proto. The same numbers give the same bytes on every machine: choices are
made by a small generator of our own. --plain: fields are scalars, and each method takes a struct and
gives one; else there are fields of all kinds, and half of the parameters and results are scalars."""
import sys

FIELDS, METHODS = 8, 20
SCALARS = ["int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
           "bool", "float", "double"]
KEYS = ["string", "int32", "uint64"]


class Chance:
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % limit

    def one_of(self, items):
        return items[self.below(len(items))]


def element(chance, at, enums):
    """A type that lists and maps may hold."""
    kind = chance.below(6)
    if kind < 2:
        return chance.one_of(SCALARS)
    if kind < 4:
        return "string"
    return f"Enum{chance.below(enums)}" if kind == 4 else f"Struct{chance.below(at + 1)}"


def field(chance, at, enums, plain):
    """(type in the IDL, type in the .proto); the first is only "optional" where both have it."""
    kind = chance.below(8 if plain else 16)
    if kind < 4:
        both = chance.one_of(SCALARS)
    elif kind < 7:
        both = "string"
    elif kind == 7:
        both = "bytes"
    elif kind == 8:
        return "optional", chance.one_of(SCALARS + ["string"])
    elif kind < 11:
        inner = element(chance, at, enums)
        return f"list<{inner}>", f"repeated {inner}"
    elif kind == 11:
        both = f"map<{chance.one_of(KEYS)}, {element(chance, at, enums)}>"
    elif kind < 14:
        both = f"Enum{chance.below(enums)}"
    else:
        both = f"Struct{chance.below(at + 1)}"
    return both, both


def parameters(chance, structs, plain):
    """Of a method: a struct, or up to three scalars."""
    if plain or chance.below(2):
        return [f"Struct{chance.below(structs)}"]
    return [chance.one_of(SCALARS + ["string", "string"]) for _ in range(1 + chance.below(3))]


def main():
    plain = sys.argv[1] == "--plain"
    stem, structs, services = sys.argv[-3], int(sys.argv[-2]), int(sys.argv[-1])
    chance = Chance(20)
    enums = max(1, structs // 20)
    idl, proto = ["package bench.large;"], ['syntax = "proto3";', "package bench.large;"]
    for e in range(enums):
        names = ["UNKNOWN", "FIRST", "SECOND", "THIRD"]
        idl += [f"/// How the work of kind {e} stands.", f"enum Enum{e} <"]
        proto += [f"// How the work of kind {e} stands.", f"enum Enum{e} {{"]
        idl += [f"  {n} = {i};" for i, n in enumerate(names)] + [">"]
        proto += [f"  ENUM{e}_{n} = {i};" for i, n in enumerate(names)] + ["}"]
    for s in range(structs):
        idl += [f"/// A record of the kind {s}, as it is kept.", f"struct Struct{s} <"]
        proto += [f"// A record of the kind {s}, as it is kept.", f"message Struct{s} {{"]
        for f in range(FIELDS):
            in_idl, in_proto = field(chance, s, enums, plain)
            if in_idl == "optional":  # protobuf-c has no other presence
                in_idl = f"optional {in_proto}"
                proto.append(f"  oneof has_{f} {{ {in_proto} field_{f} = {f + 1}; }}")
            else:
                proto.append(f"  {in_proto} field_{f} = {f + 1};")
            idl.append(f"  {in_idl} field_{f} = {f + 1};")
        idl.append(">")
        proto.append("}")
    for s in range(services):
        idl += [f"/// What is done to records of the group {s}.", f"service Service{s} <"]
        rpcs, messages = [], []
        for m in range(METHODS):
            request, reply = (parameters(chance, structs, plain) for _ in range(2))
            reply = reply[0]
            listed = ", ".join(f"{t} arg{i}" for i, t in enumerate(request))
            idl += [f"  /// Step {m} of the work on a group.", f"  step_{m}({listed}) -> {reply};"]
            if not request[0].startswith("Struct"):
                name = f"Service{s}Step{m}Request"
                messages.append(f"message {name} {{ " + " ".join(
                    f"{t} arg{i} = {i + 1};" for i, t in enumerate(request)) + " }")
                request = [name]
            if not reply.startswith("Struct"):
                name = f"Service{s}Step{m}Reply"
                messages.append(f"message {name} {{ {reply} result = 1; }}")
                reply = name
            rpcs += [f"  // Step {m} of the work on a group.",
                     f"  rpc Step{m} (.bench.large.{request[0]}) returns (.bench.large.{reply});"]
        idl.append(">")
        proto += messages + [f"// What is done to records of the group {s}.",
                             f"service Service{s} {{"] + rpcs + ["}"]
    for suffix, lines in ((".idl", idl), (".proto", proto)):
        with open(stem + suffix, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
