#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""plot.py RESULTS.json OUT.svg: how near each comes to the limit, as bars on a logarithmic scale:
the processor time of the limit's call by that of its own, or where that is not known calls per second.

A bar is the median of the rounds, the thin line on it goes from the least to the greatest."""
import html
import json
import math
import sys

from compare import load_text

LEFT, WIDTH, BAR, GAP, TOP = 190, 480, 13, 12, 46
LEAST, GREATEST = 0.002, 2.0
COLOURS = {"idlc": "#1f6f8b", "idlc bytes": "#3c9ab8", "idlc server": "#6fb7cc"}
OTHER = "#b9b2a6"
TICKS = [0.002, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2]


def x_of(value):
    value = min(max(value, LEAST), GREATEST)
    return LEFT + WIDTH * math.log(value / LEAST) / math.log(GREATEST / LEAST)


def text(x, y, content, anchor="start", size=11, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{html.escape(content)}</text>')


def bar(y, peer, ratio):
    colour = COLOURS.get(peer, OTHER)
    end = x_of(ratio["median"])
    return [text(LEFT - 6, y + BAR - 3, peer, "end", 10),
            f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR - 3}" fill="{colour}"/>',
            f'<line x1="{x_of(ratio["least"]):.1f}" x2="{x_of(ratio["greatest"]):.1f}" '
            f'y1="{y + 5}" y2="{y + 5}" stroke="#333"/>',
            text(x_of(max(ratio["median"], ratio["greatest"])) + 4, y + BAR - 3,
                 f"{ratio['median']:.2g}", size=10)]


def panel(row, y):
    """The bars of one load; returns them and where the next begins."""
    title = load_text(row["load"], row["count"], row["size"])
    if row["place"] == "split":
        title += ", two CPUs"
    parts = [text(8, y + 10, f"{title}: 1 is {row['base']}", weight="bold")]
    y += 18
    for peer, figures in row["peers"].items():
        ratio = figures["cpu_ratio"] or figures["rate_ratio"]
        if peer != row["base"] and ratio is not None:
            parts += bar(y, peer, ratio)
            y += BAR
    return parts, y + GAP


def main():
    with open(sys.argv[1]) as file:
        results = json.load(file)
    parts, y = [], TOP
    for row in results["loads"]:
        more, y = panel(row, y)
        parts += more
    grid = [f'<line x1="{x_of(t):.1f}" x2="{x_of(t):.1f}" y1="{TOP - 8}" y2="{y}" stroke="#ddd"/>'
            + text(x_of(t), TOP - 12, f"{t:g}", "middle", 10) for t in TICKS]
    with open(sys.argv[2], "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{y}" '
                   'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>'
                   + text(8, 18, "Processor time of the limit's call, as a part of that of each (1: as cheap)",
                          size=13, weight="bold")
                   + "".join(grid + parts) + "</svg>\n")


if __name__ == "__main__":
    main()
