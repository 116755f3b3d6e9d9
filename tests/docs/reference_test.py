#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""reference_test.py DOXYGEN DOXYFILE INCLUDE: the reference is made without a warning, and has every
function of the headers with the text that stands before it."""
import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# What the pages must say of some declarations of each kind: the comment that stands before it, behind
# it on its line, and that of the file.
SAID = {
    "channel_8h.html": ["Carries the async calls on: sends, receives", "a connection to each"],
    "structidl__channel__options.html": ["for one connection attempt; default 20000",
                                         "Calls of @idempotent methods that reached a server"],
    "status_8h.html": ["no connection, or it was lost; trying again may help",
                       "how calls end. The codes are gRPC's"],
    "call_8h.html": ["with <service>_<method>_complete, or with idl_call_end"],
}


def text_of(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", page.read_text())))


def main():
    doxygen, doxyfile, include = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="idlc_docs_") as folder:
        settings = Path(doxyfile).read_text() + f"OUTPUT_DIRECTORY = {folder}\n"
        result = subprocess.run([doxygen, "-"], input=settings, capture_output=True, text=True)
        if result.returncode != 0 or result.stderr:
            sys.exit(f"doxygen: {result.returncode}\n{result.stdout}{result.stderr}")
        pages = Path(folder) / "html"
        texts = " ".join(text_of(page) for page in pages.glob("*_8h.html"))
        for name, said in SAID.items():
            for what in said:
                if what not in text_of(pages / name):
                    sys.exit(f"{name} does not say: {what}")
        missing = [name for header in Path(include).glob("*.h")
                   for name in re.findall(r"^IDL_API [^;()]*?(\w+)\(", header.read_text(), re.M)
                   if f"{name}()" not in texts and f"{name} (" not in texts]
        if missing:
            sys.exit(f"the reference lacks {', '.join(missing)}")


main()
