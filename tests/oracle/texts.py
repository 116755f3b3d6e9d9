# SPDX-License-Identifier: MIT
"""Texts for the oracle: those of the tree, sentences by chance from the grammar, and both with
something changed."""

import re

import recognise

FOLDERS = ("examples", "bench", "tests")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
EXAMPLE = re.compile(rb"^```idl\n(.*?)^```", re.DOTALL | re.MULTILINE)
TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\w+|->|\s+|.', re.DOTALL)
CHARACTERS = [chr(code) for code in range(0x20, 0x7f)] + ["\t", "ä", "€", "😀"]
WORDS = ["a", "x1", "_", "int32", "string", "repeated", "required", "inf", "nan", "true", "lists"]
LITERALS = ["0", "7", "0x1F", "536870911", "01", "1.5", "2e-3", "1.", '"s"', r'"\x41\u{1F600}"']
BLANKS = [" "] * 12 + ["\n"] * 6 + ["\n  ", "\t", "\r\n", " // c\n", "/* c */", "\n/// doc\n", ""]
BYTES = [b"<", b">", b"{", b"}", b";", b"-", b".", b"/", b"*", b'"', b"\\", b"0", b"x", b"e", b"_",
         b"@", b"\n", b" ", b"#", b"\0", b"\x01", b"\xc3\xa4", b"\xff"]


def of_tree(tree):
    """Each with its name."""
    for folder in FOLDERS:
        for path in sorted((tree / folder).rglob("*.idl")):
            yield str(path.relative_to(tree)), path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    for number, text in enumerate(EXAMPLE.findall((tree / "grammar/README.md").read_bytes()), 1):
        yield f"grammar/README.md, example {number}", text


class Chance:
    """Makes texts of random, a random.Random, and the vocabulary of a Recogniser."""

    def __init__(self, random, recogniser):
        self.random = random
        self.rules = recogniser.rules
        marks = recogniser.marks
        self.vocabulary = [text.encode() for text in
                           marks * 2 + sorted(recogniser.words) + WORDS + LITERALS]

    # ---- Sentences ----

    def sentence(self):
        out = []
        self.add(("rule", "file"), out, 0)
        random = self.random
        return "".join(token + random.choice(BLANKS) for token in out).encode()

    def add(self, node, out, depth):
        """Deep down everything that can be left out is."""
        kind, value = node
        random = self.random
        if kind == "text":
            out.append(value)
        elif kind == "rule":
            if value in recognise.TOKEN_RULES:
                out.append(self.token(value))
            else:
                self.add(self.rules[value], out, depth + 1)
        elif kind == "chars":
            out.append(random.choice([c for c in CHARACTERS if re.match(value, c)]))
        elif kind == "alt":
            shallow = [part for part in value if part not in (("rule", "list"), ("rule", "map"))]
            self.add(random.choice(shallow if depth > 12 else value), out, depth)
        elif kind == "seq":
            for part in value:
                self.add(part, out, depth)
        else:
            most = 1 if kind == "opt" else 4 if depth < 3 else 2
            for _ in range(random.randint(0, most)):
                self.add(value, out, depth)

    def token(self, rule):
        if rule == "word":
            return self.random.choice(WORDS)
        out = []
        self.add(self.rules[rule], out, 0)
        return "".join(out)

    # ---- Changes ----

    def change_tokens(self, text):
        tokens = TOKEN.findall(text)
        random = self.random
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            if not tokens:
                break
            i, j = random.randrange(len(tokens)), random.randrange(len(tokens))
            how = random.randrange(5)
            if how == 0:
                del tokens[i]
            elif how == 1:
                tokens.insert(i, tokens[j] + b" ")
            elif how == 2:
                tokens[i], tokens[j] = tokens[j], tokens[i]
            elif how == 3:
                tokens[i] = random.choice(self.vocabulary)
            else:
                tokens.insert(i, b" " + random.choice(self.vocabulary) + b" ")
        return b"".join(tokens)

    def change_bytes(self, text):
        random = self.random
        for _ in range(random.choice((1, 1, 2))):
            i = random.randrange(len(text) + 1)
            j = min(len(text), i + random.choice((0, 1, 1, 2, 6)))
            text = text[:i] + random.choice((b"", text[i:j] * 2, random.choice(BYTES))) + text[j:]
        return text

    def change_string(self, text):
        """An escape of any letter, and digits behind it."""
        quotes = [match.start() + 1 for match in re.finditer(b'"', text)]
        if not quotes:
            return self.change_tokens(text)
        random = self.random
        at = random.choice(quotes)
        digits = "".join(random.choices("01478aF{}", k=random.randrange(9)))
        letter = random.choice("abcdefnrtuvwx'\"\\XU0/ä")
        escape = "\\" + random.choice((letter, letter, "u{0041", "u", "x", "1"))
        return text[:at] + (escape + digits + random.choice(("", "}"))).encode() + text[at:]

    def change(self, text):
        return self.random.choice((self.change_tokens, self.change_tokens, self.change_tokens,
                                   self.change_bytes, self.change_string))(text)
