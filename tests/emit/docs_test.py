#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs_test.py IDLC TREE SEED COUNT: the pages of --emit docs are whole, whatever the IDL holds.

Of every IDL in the tree that compiles, and of COUNT random ones: tags are those of the template and
balanced, nothing can run or be loaded, ids are there once, and every link leads somewhere, in HTML
and in Markdown.
"""
import random
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "br"}
TAGS = set("""html head meta title style body nav a h1 h2 h3 ul li main header p section article code
pre span b s strong br table thead tbody tr th td""".split())
ATTRIBUTES = {"lang", "charset", "name", "content", "class", "id", "href", "aria-label", "colspan"}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.open, self.ids, self.links, self.text = path, [], [], [], []
        self.feed(path.read_text())
        self.close()
        self.hold(not self.open, f"not closed: {self.open}")
        self.hold(len(self.ids) == len(set(self.ids)), f"an id twice: {sorted(self.ids)}")

    def hold(self, fine, what):
        if not fine:
            sys.exit(f"{self.path}:{self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, attributes):
        self.hold(tag in TAGS, f"<{tag}>")
        for name, value in attributes:
            self.hold(name in ATTRIBUTES, f"<{tag} {name}>")
            if name == "id":
                self.ids.append(value)
            if name == "href":
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.hold(self.open and self.open[-1] == tag, f"</{tag}> in {self.open}")
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)
        self.hold(not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\x00-\x08\x0b-\x1f]",
                                data), f"a control character: {data!r}")

    def handle_comment(self, data):
        self.hold(False, f"a comment: {data}")


class Markdown:
    """Its links and anchors; code and what is escaped aside, it must have no HTML but those."""

    def __init__(self, path):
        text = re.sub(r"^```\n.*?^```\n", "", path.read_text(), flags=re.M | re.S)
        text = re.sub(r"\\.|`[^`\n]*(?:\n[^`\n]+)?`", "", text)
        self.path = path
        self.ids = re.findall(r'^<a id="([^"]*)"></a>$', text, flags=re.M)
        self.links = re.findall(r"\]\(([^)]*)\)", text)
        rest = re.sub(r'^<a id="[^"]*"></a>$|<br>', "", text, flags=re.M)
        if "<" in rest:
            sys.exit(f"{path}: HTML in {rest[rest.index('<') - 40:][:80]!r}")
        for line in re.findall(r"^\|.*$", path.read_text(), flags=re.M):
            cells = len(re.findall(r"(?<!\\)\|", line))
            if cells not in (4, 5):
                sys.exit(f"{path}: {cells} bars in {line!r}")


def check_links(page, pages):
    for link in page.links:
        file, _, anchor = link.partition("#")
        other = pages.get(file or page.path.name)
        if other is None or (anchor and anchor not in other.ids):
            sys.exit(f"{page.path}: a link to nowhere: {link}")


def check(idlc, folder, names):
    """False when the IDLs do not compile."""
    with tempfile.TemporaryDirectory(prefix="idlc_docs_") as out:
        result = subprocess.run([idlc, "--emit", "docs", "-o", out, *names], cwd=folder,
                                capture_output=True, text=True, errors="replace")
        if result.returncode != 0:
            return False
        for kind, suffix in ((Page, "html"), (Markdown, "md")):
            pages = {path.name: kind(path) for path in Path(out).glob("*." + suffix)}
            assert len(pages) == len(names)
            for page in pages.values():
                check_links(page, pages)
    return True


def main():
    idlc, tree, seed, count = sys.argv[1:]
    idlc, tree, seed, count = Path(idlc).resolve(), Path(tree).resolve(), int(seed), int(count)
    folders = [tree / "tests/codec", tree / "tests/emit"]
    folders += [p for parent in ("examples", "tests/golden") for p in (tree / parent).iterdir()]
    for folder in folders:
        names = sorted(p.name for p in folder.glob("*.idl"))
        if names and not (folder / "expected.txt").exists() and not check(idlc, folder, names):
            sys.exit(f"{folder}: does not compile")

    sys.dont_write_bytecode = True
    sys.path.insert(0, str(tree / "tests/golden"))
    from random_idl import File
    accepted = 0
    for number in range(seed, seed + count):
        rnd = random.Random(number)
        base = File(rnd, [])
        top = File(rnd, [base])
        with tempfile.TemporaryDirectory(prefix="idlc_random_") as folder:
            (Path(folder) / "base.idl").write_text(base.text([]))
            (Path(folder) / "top.idl").write_text(top.text(["base"]))
            accepted += check(idlc, Path(folder), ["base.idl", "top.idl"])
    print(f"{accepted} of {count} random ones")
    if accepted * 4 < count:
        sys.exit("too few are accepted to prove anything")


main()
