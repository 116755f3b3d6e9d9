#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds grammar/idl.ebnf against the parser: both accept a text's syntax, or neither does.

usage: oracle.py TREE ACCEPTS [--seed N] [--count N] [--mpc MPC_ORACLE]

ACCEPTS is the program of accepts.c. The texts are the IDL files of TREE, sentences made from the
grammar by chance, and both with something changed: --count of these. With --mpc the grammar, in
that library's language, is a third opinion: see to_mpc.py.
"""

import argparse
import collections
import pathlib
import random
import subprocess
import sys

import ebnf
import recognise
import texts
import to_mpc

SHOWN_MAX = 5
CHANGED_MAX = 1500  # longer texts are read once, as they are


def ask(command, inputs):
    """A line for each of inputs."""
    data = b"".join(b"%d\n%s" % (len(text), text) for text in inputs)
    run = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True, timeout=250)
    lines = run.stdout.decode().splitlines()
    if len(lines) != len(inputs):
        sys.exit(f"{command[0]}: {len(lines)} answers to {len(inputs)} texts")
    return lines


def make_texts(tree, recogniser, seed, count):
    """Pairs of a name and a text."""
    chance = texts.Chance(random.Random(seed), recogniser)
    found = list(texts.of_tree(tree))
    small = [text for _, text in found if len(text) <= CHANGED_MAX]
    for i in range(count):
        kind = i % 4
        text = chance.sentence() if kind < 2 else chance.random.choice(small)
        found.append((f"text {i} of seed {seed}", text if kind == 0 else chance.change(text)))
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("tree", type=pathlib.Path)
    options.add_argument("accepts")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--count", type=int, default=6000)
    options.add_argument("--mpc")
    options = options.parse_args()

    rules = ebnf.read_grammar(options.tree / "grammar/idl.ebnf")
    recogniser = recognise.Recogniser(rules)
    inputs = make_texts(options.tree, recogniser, options.seed, options.count)
    answers = ask([options.accepts], [text for _, text in inputs])
    judged = [(name, text, answer, recogniser.tokenize(text))
              for (name, text), answer in zip(inputs, answers) if answer != "limit"]
    opinions = {"idl.ebnf": [recogniser.accepts(tokens) for *_, tokens in judged]}
    if options.mpc:
        opinions["mpc"] = to_mpc.opinions(recogniser, [tokens for *_, tokens in judged],
                                          options.mpc, ask)

    wrong = collections.Counter()
    for who, verdicts in opinions.items():
        against = [(len(text), name, text, answer) for (name, text, answer, _), verdict
                   in zip(judged, verdicts) if verdict != (answer == "yes")]
        wrong[who] = len(against)
        for _, name, text, answer in sorted(against)[:SHOWN_MAX]:
            verdict = "refuses" if answer == "yes" else "accepts"
            print(f"---- {name}: the parser says {answer}, {who} {verdict}\n"
                  f"{text.decode(errors='backslashreplace')}")
    right = sum(answer == "yes" for _, _, answer, _ in judged)
    print(f"{len(judged)} texts, {right} of them right; disagreements: "
          + ", ".join(f"{who} {wrong[who]}" for who in opinions))
    if min(right, len(judged) - right) * 5 < len(judged):
        sys.exit("these texts prove little: too few are right, or wrong")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
