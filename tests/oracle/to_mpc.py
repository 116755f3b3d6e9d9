# SPDX-License-Identifier: MIT
"""The grammar in the language of mpc, a library of parser combinators: see mpc_oracle.c.

mpc takes the first alternative that fits and never comes back to it, so what may be left out is
written as two alternatives, each with all that follows in its sequence: `[ a ], b` as `a b | b`.
idl.ebnf has its alternatives in an order in which this is enough. What mpc reads are no characters
of a text but its tokens, one letter each.
"""

import string

import ebnf
import recognise


def to_letters(recogniser):
    """Of each token that the grammar writes in quotes, and of each <token rule>."""
    names = sorted(recogniser.words) + recogniser.marks
    names += [f"<{name}>" for name in recognise.TOKEN_RULES]
    if len(names) > len(string.ascii_letters):
        raise ebnf.EbnfError("more kinds of tokens than letters")
    return dict(zip(names, string.ascii_letters))


def to_rule(node, letters):
    kind, value = node
    if kind == "text":
        return f"'{letters[value]}'"
    if kind == "rule":
        return f"<{value.replace('-', '_')}>"
    if kind == "alt":
        return "( " + " | ".join(to_rule(part, letters) for part in value) + " )"
    if kind != "seq":
        return f"( {to_rule(value, letters)} ){'?' if kind == 'opt' else '*'}"
    rest = ""
    for part in reversed(value):
        if part[0] == "opt" and rest:
            rest = f"( {to_rule(part[1], letters)} {rest} | {rest} )"
        else:
            rest = f"{to_rule(part, letters)} {rest}".strip()
    return rest


def to_grammar(recogniser):
    """The text, and the names of its rules, that of a whole text first."""
    letters = to_letters(recogniser)
    rules = {"start": "/^/ <file> /$/"}
    for name, node in recogniser.syntax.items():
        rules[name.replace("-", "_")] = to_rule(node, letters)
    for name in recognise.TOKEN_RULES:
        rules[name] = f"'{letters[f'<{name}>']}'"
    for word in sorted(recogniser.words - recogniser.keywords):  # they stand for themselves, too
        rules["word"] += f" | '{letters[word]}'"
    return "\n".join(f"{name} : {rule} ;" for name, rule in rules.items()), list(rules)


def opinions(recogniser, texts, program, ask):
    """Whether each of texts, lists of tokens, is accepted."""
    letters = to_letters(recogniser)
    grammar, names = to_grammar(recogniser)
    lines = []
    for tokens in texts:
        known = [text if text in letters else f"<{kind}>" for kind, text in tokens or []]
        lines.append("".join(letters[name] for name in known).encode())
    answers = ask([program, grammar, *names], lines)
    return [tokens is not None and answer == "yes" for tokens, answer in zip(texts, answers)]
