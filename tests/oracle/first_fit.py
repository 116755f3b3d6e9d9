#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""first_fit.py GRAMMAR RULE...: reads as mpc_oracle does, where there is no mpc.

It knows what to_mpc.py writes of that library's language, and does what the library says of it: the
first alternative that fits is taken for good. So the grammar's translation is tried everywhere."""
import re
import sys


class Grammar:
    def __init__(self, text):
        self.tokens = re.findall(r"'.'|<\w+>|/\^/|/\$/|\w+|[():;|*?]", text)
        self.at = 0
        self.rules = {}
        while self.at < len(self.tokens):
            name = self.take()
            self.expect(":")
            self.rules[name] = self.choice()
            self.expect(";")

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, token):
        if self.take() != token:
            sys.exit(f"expected '{token}' at token {self.at} of the grammar")

    def choice(self):
        parts = [self.sequence()]
        while self.tokens[self.at] == "|":
            self.take()
            parts.append(self.sequence())
        return "|", parts

    def sequence(self):
        items = []
        while self.tokens[self.at] not in ("|", ")", ";"):
            token = self.take()
            if token == "(":
                item = self.choice()
                self.expect(")")
            else:
                item = token[0], token[1:-1]
            while self.tokens[self.at] in ("*", "?"):
                item = self.take(), item
            items.append(item)
        return "&", items

    def fit(self, node, text, at):
        """Behind what fits at that place of the text; None: nothing does."""
        kind, part = node
        if kind == "'":
            return at + 1 if text[at:at + 1] == part else None
        if kind == "<":
            return self.fit(self.rules[part], text, at)
        if kind == "/":
            return at if at == (0 if part == "^" else len(text)) else None
        if kind == "&":
            for item in part:
                at = None if at is None else self.fit(item, text, at)
            return at
        if kind == "|":
            ends = (self.fit(item, text, at) for item in part)
            return next((end for end in ends if end is not None), None)
        end = self.fit(part, text, at)
        while kind == "*" and end not in (None, at):
            at, end = end, self.fit(part, text, end)
        return at if end is None else end


def main():
    grammar, names = Grammar(sys.argv[1]), sys.argv[2:]
    if set(grammar.rules) != set(names):
        sys.exit("the rules are not those that were named")
    sys.setrecursionlimit(100000)
    while length := sys.stdin.buffer.readline():
        text = sys.stdin.buffer.read(int(length)).decode()
        print("no" if grammar.fit(("<", names[0]), text, 0) is None else "yes")


if __name__ == "__main__":
    main()
