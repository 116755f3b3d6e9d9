# SPDX-License-Identifier: MIT
"""Checks a text for Prometheus, strictly; with promtool too, where that is installed."""
import re
import shutil
import subprocess
import sys

LABEL = r'[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"'
LINE = re.compile(r'([a-z_]+)\{(%s(?:,%s)*)\} ([0-9]+(?:\.[0-9]+)?)$' % (LABEL, LABEL))
ENDINGS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def check(text):
    assert text.endswith("\n")
    family = kind = None
    families, series, buckets = set(), {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family, words = line[7:].split(" ", 1)
            assert family not in families and words, line
            families.add(family)
            kind = None
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == family and kind in ENDINGS, line
            assert (kind == "counter") == family.endswith("_total"), line
        else:
            match = LINE.match(line)
            assert match and kind, line
            name, labels, value = match.groups()
            assert name in [family + ending for ending in ENDINGS[kind]], line
            assert (name, labels) not in series, line
            series[name, labels] = float(value)
            if name.endswith("_bucket"):
                base, le = re.match(r'(.*),le="(.*)"$', labels).groups()
                buckets.setdefault((family, base), []).append((float(le), float(value)))
    for (family, base), list_ in buckets.items():
        assert list_ == sorted(list_), family
        assert [n for _, n in list_] == sorted(n for _, n in list_), family
        assert list_[-1] == (float("inf"), series[family + "_count", base]), family
    assert len(families) == 12, families
    key = 'service="tags.Tags",method="one"'
    assert series["idl_client_started_total", key] == 7
    assert series["idl_client_handled_total", key + ',code="NOT_FOUND"'] == 1
    assert series["idl_server_started_total", key] == 6
    assert series["idl_server_in_flight", key] == 0


with open(sys.argv[1]) as file:
    metrics = file.read()
check(metrics)
if shutil.which("promtool"):
    subprocess.run(["promtool", "check", "metrics"], input=metrics, text=True, check=True)
