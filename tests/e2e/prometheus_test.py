# SPDX-License-Identifier: MIT
"""prometheus_test.py EXPOSED: a real Prometheus scrapes the program's statistics, and is asked for them."""
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

PATIENCE = 60  # seconds that anything may take on a busy machine
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ONE = '{service="tags.Tags",method="one"}'
EXPECTED = {
    'up{job="idl"}': 1,
    f"idl_client_started_total{ONE}": 25,
    f"idl_server_started_total{ONE}": 25,
    f"idl_server_in_flight{ONE}": 0,
    'idl_server_handled_total{code="NOT_FOUND"}': 3,
    f"idl_client_duration_seconds_count{ONE}": 25,
    'idl_client_duration_seconds_bucket{le="+Inf"}': 25,
    "histogram_quantile(1, idl_client_duration_seconds_bucket) > bool 0": 1,
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, query):
    """The value of what the query finds; None: it finds nothing, or nobody is there to ask."""
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    try:
        with DIRECT.open(url, timeout=PATIENCE) as answer:
            found = json.load(answer)["data"]["result"]
    except OSError:
        return None
    return float(found[0]["value"][1]) if found else None


def all_there(port):
    for query, value in EXPECTED.items():
        found = ask(port, query)
        if found != value:
            return f"{query}: {found}, not {value}"
    return None


def start(folder, target):
    with open(f"{folder}/scrape.yml", "w") as file:
        file.write("scrape_configs: [{job_name: idl, scrape_interval: 500ms, scrape_timeout: 500ms, "
                   f"static_configs: [{{targets: ['{target}']}}]}}]\n")
    port = free_port()
    with open(f"{folder}/log", "w") as log:
        return port, subprocess.Popen(
            ["prometheus", f"--config.file={folder}/scrape.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)


def wait(folder, target):
    port, prometheus = start(folder, target)
    end = time.monotonic() + PATIENCE
    try:
        while (missing := all_there(port)) and time.monotonic() < end:
            if prometheus.poll() is not None:  # somebody else took the port, say
                port, prometheus = start(folder, target)
            time.sleep(0.2)
    finally:
        prometheus.kill()
        prometheus.wait()
    if missing:
        sys.stderr.write(open(f"{folder}/log").read())
        raise SystemExit(f"FAILED: {missing}")


def main():
    if not shutil.which("prometheus"):
        print("skipped: there is no prometheus here")
        sys.exit(77)
    program = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            wait(folder, program.stdout.readline().strip())
    finally:
        program.stdin.close()
        status = program.wait(PATIENCE)
    if status != 0:
        raise SystemExit(f"FAILED: {sys.argv[1]} ended with {status}")


main()
