# SPDX-License-Identifier: MIT
"""Whether a text is a sentence of a grammar that ebnf.py has read.

Tokens by the grammar's token rules, each the longest match. Then, for each rule and place, the set
of all places where it can end: every alternative is tried, so the order of none matters, and no
ambiguity is in the way. (No rule may begin with itself.)
"""

import re

import ebnf

TOKEN_RULES = ("word", "integer", "real", "string")
BLANK = re.compile(r"(?:[ \t\r\n\f\v]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
# What the grammar says in words: "The number of an escape ..."
ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|u\{([0-9A-Fa-f]+)|u([0-9A-Fa-f]{4})|.)")


def to_pattern(rules, node):
    kind, value = node
    if kind == "alt":
        return "(?:" + "|".join(to_pattern(rules, part) for part in value) + ")"
    if kind == "seq":
        return "".join(to_pattern(rules, part) for part in value)
    if kind in ("opt", "rep"):
        return f"(?:{to_pattern(rules, value)}){'?' if kind == 'opt' else '*'}"
    if kind == "rule":
        return f"(?:{to_pattern(rules, rules[value])})"
    return re.escape(value) if kind == "text" else value


def has_values(string):
    for octal, braced, four in ESCAPE.findall(string):
        number = int(braced or four or "0", 16)
        if int(octal or "0", 8) > 0xFF or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            return False
    return True


class Recogniser:
    def __init__(self, rules):
        self.rules = rules
        syntax = {}
        pending = ["file"]
        while pending:
            name = pending.pop()
            if name not in syntax and name not in TOKEN_RULES:
                syntax[name] = rules[name]
                pending += ebnf.leaves(rules[name], "rule")
        self.syntax = syntax
        texts = {text for node in syntax.values() for text in ebnf.leaves(node, "text")}
        self.keywords = set(ebnf.leaves(rules["keyword"], "text"))
        self.words = {text for text in texts if text[0].isalpha()}
        self.marks = sorted(texts - self.words, key=len, reverse=True)
        self.patterns = [
            (name, re.compile(to_pattern(rules, node)))
            for name in TOKEN_RULES
            for node in (ebnf.parts(rules[name]) if rules[name][0] == "alt" else [rules[name]])
        ]
        self.patterns.append(("mark", re.compile("|".join(map(re.escape, self.marks)))))
        self.tokens, self.seen = [], {}
        self.enders = {}
        for name in syntax:
            self.enders[name] = self.compile(syntax[name])

    # ---- Tokens: (kind, text) ----

    def tokenize(self, data):
        """None when there is something that is no token."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        if "\0" in text:
            return None
        tokens, at = [], 0
        while True:
            blank = BLANK.match(text, at)
            at = blank.end() if blank else at
            if at == len(text):
                return tokens
            found = [(match.end(), kind) for kind, pattern in self.patterns
                     if (match := pattern.match(text, at))]
            if not found:
                return None
            end, kind = max(found)
            token = text[at:end]
            if kind == "string" and not has_values(token):
                return None
            tokens.append(("keyword" if token in self.keywords else kind, token))
            at = end

    # ---- Sentences ----

    def compile(self, node):
        """A function from a place among the tokens to all places where node can end."""
        kind, value = node
        if kind == "text":
            return self.compile_text(value)
        if kind == "rule":
            return self.compile_token(value) if value in TOKEN_RULES else self.compile_rule(value)
        inner = [self.compile(part) for part in ebnf.parts(node)]
        if kind == "alt":
            return lambda at: {end for part in inner for end in part(at)}
        if kind == "opt":
            return lambda at: inner[0](at) | {at}
        return self.compile_sequence(inner) if kind == "seq" else self.compile_repeat(inner[0])

    def compile_text(self, text):
        return lambda at: {at + 1} if self.tokens[at][1] == text else set()

    def compile_token(self, kind):
        return lambda at: {at + 1} if self.tokens[at][0] == kind else set()

    def compile_rule(self, name):
        def ends(at):
            key = (name, at)
            if key not in self.seen:
                self.seen[key] = self.enders[name](at)
            return self.seen[key]
        return ends

    @staticmethod
    def compile_sequence(inner):
        def ends(at):
            places = {at}
            for part in inner:
                places = {end for place in places for end in part(place)}
                if not places:
                    break
            return places
        return ends

    @staticmethod
    def compile_repeat(part):
        def ends(at):
            places, fresh = {at}, {at}
            while fresh:
                fresh = {end for place in fresh for end in part(place)} - places
                places |= fresh
            return places
        return ends

    def accepts(self, tokens):
        if tokens is None:
            return False
        self.tokens, self.seen = tokens + [("end", "")], {}
        return len(tokens) in self.enders["file"](0)
