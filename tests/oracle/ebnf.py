# SPDX-License-Identifier: MIT
"""Reads a grammar in the notation of ISO 14977, as far as grammar/idl.ebnf has it.

A grammar is a dictionary from a rule's name to a node, and nodes are tuples:

    ("alt", [node, ...])   one of them
    ("seq", [node, ...])   all of them
    ("opt", node)          [ ]
    ("rep", node)          { }
    ("rule", name)
    ("text", text)         what is in quotes
    ("chars", pattern)     ? ?: a regular expression for one character
"""

import re

SYMBOL = re.compile(
    r"""\s+ | \(\*.*?\*\)
      | (?P<name>[A-Za-z][A-Za-z0-9-]*) | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
      | \?(?P<special>.*?[^'"])\? | (?P<count>[0-9]+)\s*\* | (?P<mark>[=;,|()\[\]{}])""",
    re.VERBOSE | re.DOTALL)
CLOSER = {"(": ")", "[": "]", "{": "}"}


class EbnfError(Exception):
    pass


def read_symbols(text):
    symbols, at = [], 0
    while at < len(text):
        match = SYMBOL.match(text, at)
        if not match:
            raise EbnfError(f"cannot read {text[at:at + 30]!r}")
        if match.lastgroup:
            kind = "text" if match.lastgroup in ("double", "single") else match.lastgroup
            symbols.append((kind, match[match.lastgroup]))
        at = match.end()
    return symbols


def read_special(text):
    """The two forms that there are: ranges, and everything but something."""
    ranges = re.findall(r'"(.)" to "(.)"', text)
    if ranges:
        return "[" + "".join(f"{first}-{last}" for first, last in ranges) + "]"
    if text.strip().startswith("any UTF-8 character but"):
        unwanted = "".join(re.findall(r"'(.)'", text))
        unwanted += "\n" if "the end of the line" in text else ""
        return f"[^{re.escape(unwanted)}]"
    raise EbnfError(f"cannot read ?{text}?")


class Parser:
    def __init__(self, symbols):
        self.symbols = symbols
        self.at = 0

    def see(self, mark):
        return self.at < len(self.symbols) and self.symbols[self.at] == ("mark", mark)

    def take(self, mark):
        if not self.see(mark):
            raise EbnfError(f"expected {mark!r} at {self.symbols[self.at:self.at + 5]}")
        self.at += 1

    def grammar(self):
        rules = {}
        while self.at < len(self.symbols):
            kind, name = self.symbols[self.at]
            if kind != "name" or name in rules:
                raise EbnfError(f"expected a new rule, found {name!r}")
            self.at += 1
            self.take("=")
            rules[name] = self.alternatives()
            self.take(";")
        return rules

    def alternatives(self):
        nodes = [self.sequence()]
        while self.see("|"):
            self.at += 1
            nodes.append(self.sequence())
        return nodes[0] if len(nodes) == 1 else ("alt", nodes)

    def sequence(self):
        nodes = self.factor()
        while self.see(","):
            self.at += 1
            nodes += self.factor()
        return nodes[0] if len(nodes) == 1 else ("seq", nodes)

    def factor(self):
        times = 1
        if self.symbols[self.at][0] == "count":
            times = int(self.symbols[self.at][1])
            self.at += 1
        return [self.primary()] * times

    def primary(self):
        kind, text = self.symbols[self.at]
        self.at += 1
        if kind == "text":
            return ("text", text)
        if kind == "name":
            return ("rule", text)
        if kind == "special":
            return ("chars", read_special(text))
        if text not in CLOSER:
            raise EbnfError(f"unexpected {text!r}")
        inner = self.alternatives()
        self.take(CLOSER[text])
        return inner if text == "(" else ("opt" if text == "[" else "rep", inner)


def parts(node):
    if node[0] in ("alt", "seq"):
        return node[1]
    return [node[1]] if node[0] in ("opt", "rep") else []


def leaves(node, kind):
    """All texts or rules in a node."""
    if node[0] == kind:
        yield node[1]
    for part in parts(node):
        yield from leaves(part, kind)


def pair_brackets(node, pairs):
    """A sequence with both `open` and `close` in it: once for each kind of bracket."""
    if node[0] in ("alt", "opt", "rep"):
        inner = [pair_brackets(part, pairs) for part in parts(node)]
        return (node[0], inner if node[0] == "alt" else inner[0])
    if node[0] != "seq" or ("rule", "open") not in node[1]:
        return node
    kinds = []
    for opener, closer in pairs:
        change = {("rule", "open"): opener, ("rule", "close"): closer}
        kinds.append(("seq", [change.get(part, part) if part[0] == "rule" else part
                              for part in node[1]]))
    return ("alt", kinds)


def read_grammar(path):
    """Every rule is used, and every used one is there; brackets are in pairs."""
    rules = Parser(read_symbols(path.read_text())).grammar()
    used = {name for node in rules.values() for name in leaves(node, "rule")} | {"file"}
    if used != set(rules):
        raise EbnfError(f"used or defined, not both: {sorted(used ^ set(rules))}")
    pairs = list(zip(parts(rules.pop("open")), parts(rules.pop("close"))))
    return {name: pair_brackets(node, pairs) for name, node in rules.items()}
