#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""proto_test.py IDLC TREE SEED COUNT: what --emit proto writes, protoc takes without a word.

For every IDL in the tree that compiles, and for COUNT random ones with unfortunate names. The
services and the fields are held against each other as well: what protoc understood must be what
the view (--dump=view) of the same file says.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIP = 77
try:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
except ImportError:
    print("skipped: there is no python3-protobuf here")
    sys.exit(SKIP)
if not shutil.which("protoc"):
    print("skipped: there is no protoc here")
    sys.exit(SKIP)


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")


def describe(folder):
    """What protoc makes of the .proto files in folder, by name."""
    files = sorted(p.name for p in folder.glob("*.proto"))
    result = run(["protoc", "-I.", "--descriptor_set_out=set", *files], folder)
    if result.returncode != 0 or result.stderr:
        sys.exit(f"{folder}: protoc says\n{result.stderr}")
    described = FileDescriptorSet.FromString((folder / "set").read_bytes())
    return {file.name: file for file in described.file}


def fields_of(struct):
    """(number, the oneof it is in) of each field, as the view has them."""
    for member in struct["members"]:
        if member["field"]:
            yield int(member["field"]["number"]), None
        else:
            for field in member["oneof"]["fields"]:
                yield int(field["number"]), member["oneof"]["name"].lower()


def compare(path, view, file):
    """The same messages, fields, enum numbers and methods; names may have got a '_'."""

    def same(what, ours, theirs):
        if ours != theirs:
            sys.exit(f"{path}: {what}: {ours} in the IDL, {theirs} in the .proto")

    messages = {message.name.rstrip("_"): message for message in file.message_type}
    same("messages", sorted(s["name"] for s in view["structs"]), sorted(messages))
    for struct in view["structs"]:
        message = messages[struct["name"]]
        theirs = []
        for field in message.field:
            oneof = None
            if field.HasField("oneof_index") and not field.proto3_optional:
                oneof = message.oneof_decl[field.oneof_index].name.rstrip("_").lower()
            theirs.append((field.number, oneof))
        same(struct["name"], sorted(fields_of(struct), key=str), sorted(theirs, key=str))
    for ours, theirs in zip(view["enums"], file.enum_type):
        numbers = [-2147483648 if v["number"].endswith("- 1") else int(v["number"])
                   for v in ours["values"]]
        same(ours["name"], sorted(numbers), sorted(v.number for v in theirs.value))
        same("the first of " + ours["name"], 0, theirs.value[0].number)
    for ours, theirs in zip(view["services"], file.service):
        prefix = file.package + "." if file.package else ""
        same("service", ours["full_name"], prefix + theirs.name)
        same(ours["name"],
             [(m["name"], m["client_streaming"], m["server_streaming"]) for m in ours["methods"]],
             [(m.name, m.client_streaming, m.server_streaming) for m in theirs.method])


def check(idlc, folder, names, must_compile=True):
    """Exports the IDLs of a folder; False when they do not compile."""
    with tempfile.TemporaryDirectory(prefix="idlc_proto_") as out:
        result = run([idlc, "--emit", "proto", "-o", out, *names], folder)
        if result.returncode != 0 and not must_compile:
            return False
        if result.returncode != 0:
            sys.exit(f"{folder}: idlc ended with {result.returncode}\n{result.stderr}")
        described = describe(Path(out))
        for name in names:
            view = json.loads(run([idlc, "--dump=view", name], folder).stdout)
            compare(folder / name, view, described[Path(name).stem + ".proto"])
    return True


def check_tree(idlc, tree):
    folders = [tree / "tests/codec", tree / "tests/emit"]
    folders += [p for parent in ("examples", "tests/golden") for p in (tree / parent).iterdir()]
    count = 0
    for folder in sorted(folders):
        names = sorted(p.name for p in folder.glob("*.idl"))
        if names and not (folder / "expected.txt").exists():
            check(idlc, folder, names)
            count += len(names)
    print(f"{count} files of the tree")


def check_random(idlc, tree, seed, count):
    sys.path.insert(0, str(tree / "tests/golden"))
    sys.dont_write_bytecode = True
    import random
    from random_idl import File
    accepted = 0
    for number in range(seed, seed + count):
        rnd = random.Random(number)
        base = File(rnd, [])
        top = File(rnd, [base])
        with tempfile.TemporaryDirectory(prefix="idlc_random_") as folder:
            (Path(folder) / "base.idl").write_text(base.text([]))
            (Path(folder) / "top.idl").write_text(top.text(["base"]))
            try:
                accepted += check(idlc, Path(folder), ["base.idl", "top.idl"], False)
            except SystemExit as failure:
                kept = tempfile.mkdtemp(prefix="idlc_proto_")
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                sys.exit(f"seed {number}, kept in {kept}: {failure}")
    print(f"{accepted} of {count} random ones")
    if accepted * 4 < count:
        sys.exit("too few are accepted to prove anything")


def main():
    idlc, tree, seed, count = sys.argv[1:]
    idlc, tree = Path(idlc).resolve(), Path(tree).resolve()
    check_tree(idlc, tree)
    check_random(idlc, tree, int(seed), int(count))


main()
