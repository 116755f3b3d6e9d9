# SPDX-License-Identifier: MIT
"""probes_test.py READELF LIBRARY GUIDE: the library has the probes that the guide lists, with so many
arguments."""
import re
import subprocess
import sys


def listed(page):
    """name: how many arguments."""
    table = page[page.index("| probe of `idl` |"):].split("\n\n")[0]
    rows = [row.split("|")[1:3] for row in table.splitlines()[2:]]
    return {name: arguments.count(",") + 1
            for names, arguments in rows for name in re.findall(r"`(\w+)`", names)}


def built_in(notes):
    found = re.findall(r"Provider: idl\s+Name: (\w+)\s.*?Arguments:([^\n]*)", notes, re.DOTALL)
    return {name: len(re.findall(r"-?[1248]@", arguments)) for name, arguments in found}


def main():
    readelf, library, guide = sys.argv[1:]
    notes = subprocess.run([readelf, "--notes", "--wide", library], capture_output=True, text=True,
                           check=True).stdout
    with open(guide) as file:
        expected = listed(file.read())
    found = built_in(notes)
    assert len(expected) == 8, expected
    if found != expected:
        sys.exit(f"the guide lists {expected},\nthe library has {found}")


main()
