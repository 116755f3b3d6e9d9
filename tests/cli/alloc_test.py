#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each allocation of the compiler fails once: alloc_test.py IDLC FAIL_MALLOC.so TREE

The run ends with status 0, as what it wanted memory for was not needed, or with 1 and a word about
memory; never by a signal. What it leaves in the output folder is nothing, or whole files as a run
without trouble writes them, and no temporary ones.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def contents(folder):
    """The files in it, and what is in them."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run(command, fail_at, preload, told):
    told.unlink(missing_ok=True)
    env = dict(os.environ, LD_PRELOAD=preload, FAIL_AT=str(fail_at), FAIL_TOLD=str(told))
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)


def sweep(name, command, out, preload, told):
    """Tries each allocation; the number of them."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    subprocess.run(command, check=False, capture_output=True)
    right = contents(out)
    for n in range(1, 100000):
        shutil.rmtree(out)
        out.mkdir()
        result = run(command, n, preload, told)
        where = f"{name}: allocation {n}: "
        if not told.exists():
            return n - 1
        if result.returncode not in (0, 1):
            sys.exit(f"{where}ends with {result.returncode}\n{result.stderr}")
        if result.returncode == 1 and not result.stderr:
            sys.exit(f"{where}fails without a word")
        for file, data in contents(out).items():
            if right.get(file) != data:
                sys.exit(f"{where}leaves {file}, which is not what it should be")
        if result.returncode == 0 and contents(out) != right:
            sys.exit(f"{where}says that all is well, and files are missing")


def main():
    idlc, preload, tree = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    store = str(tree / "tests/golden/store/store.idl")
    greeter = str(tree / "tests/golden/greeter/greeter.idl")
    wrong = str(tree / "tests/diag/duplicate_names.idl")
    with tempfile.TemporaryDirectory() as folder:
        out, told = pathlib.Path(folder) / "out", pathlib.Path(folder) / "told"
        runs = {
            "stubs": [idlc, "-o", str(out), "--depfile", str(out / "d"), store],
            "proto, sample, docs": [idlc, "-o", str(out), "--emit", "proto,sample,docs", greeter],
            "list": [idlc, "--list-outputs", store],
            "errors": [idlc, "--check", wrong],
            "errors as JSON": [idlc, "--check", "--diagnostics=json", wrong],
            "format": [idlc, "--format", store],
            "compare": [idlc, "--compare", store, store],
            "help": [idlc, "--help"],
        }
        for name, command in runs.items():
            print(f"{name}: {sweep(name, command, out, preload, told)} allocations")


main()
