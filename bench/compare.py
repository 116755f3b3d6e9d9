#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""compare.py: idlc, other RPC systems and what the kernel allows, by the same loads.

    compare.py BUILD [--quick] [--place same,split] [--peers a,b] [--loads seq,flight] [--rounds N]
               [--seconds S] [--out DIR]

BUILD is the folder of the programs. Writes DIR/results.json and DIR/results.md, and prints the table.

One measurement is a fresh server and one client. Those of one load are made in turn, round after
round, each round beginning with another peer, and a ratio is taken within its round: what else
the machine does then meets them all alike. The median of the rounds is shown, with the least and
the greatest. Two ratios: of calls per second, and of the processor time (client and server together)
that a call takes; on a busy machine the second is the steadier one."""
import argparse
import json
import os
import platform
import select
import statistics
import subprocess
import sys

CPUS = sorted(os.sched_getaffinity(0))
PLACES = {"same": ({CPUS[-1]}, {CPUS[-1]}), "split": ({CPUS[-1]}, {CPUS[0]})}  # server, client

# name: server, client, environment of the two
PEERS = {
    "limit-epoll": ("limit_epoll_server", "limit_epoll_client", {}),
    "limit-blocking": ("limit_blocking_server", "limit_blocking_client", {}),
    "limit-libuv": ("limit_uv_server", "limit_uv_client", {}),
    "limit-ring": (None, "limit_ring", {}),
    "idlc": ("idlc_server", "idlc_client", {}),
    "idlc spin": ("idlc_server", "idlc_client", {"BENCH_SPIN": "50"}),
    "idlc bytes": ("idlc_server", "idlc_client", {"BENCH_TYPE": "bytes"}),
    "idlc server": ("idlc_server", "limit_epoll_client", {"BENCH_WIRE": "idl"}),
    "libuv server": ("limit_uv_server", "limit_epoll_client", {}),
    "libtirpc": ("tirpc_server", "tirpc_client", {}),
    "thrift": ("thrift_server", "thrift_client", {}),
    "grpc": ("grpc_server", "grpc_client", {}),
    "capnp": ("capnp_server", "capnp_client", {}),
}
OTHERS = ["libtirpc", "thrift", "grpc", "capnp"]
BOTH = ["idlc", "idlc bytes"]

# load, count, size, what 1 is, and who takes part
LOADS = [
    ("seq", 1, 16, "limit-blocking",
     ["limit-epoll", "limit-libuv", "idlc spin"] + BOTH + OTHERS),
    ("seq", 1, 1024, "limit-blocking", ["limit-epoll"] + BOTH + OTHERS),
    ("seq", 1, 65536, "limit-epoll", ["limit-blocking"] + BOTH + OTHERS),
    ("seq", 1, 1 << 20, "limit-epoll", ["limit-blocking"] + BOTH + OTHERS),
    ("flight", 64, 16, "limit-epoll", ["limit-libuv"] + BOTH + OTHERS),
    ("flight", 64, 1024, "limit-epoll", ["limit-libuv"] + BOTH + OTHERS),
    ("threads", 64, 16, "limit-ring", ["idlc", "grpc"]),
    ("conns", 100, 16, "libuv server", ["limit-epoll", "idlc server", "idlc"] + OTHERS),
    ("conns", 1000, 16, "libuv server", ["limit-epoll", "idlc server", "idlc"] + OTHERS),
    ("stream", 1, 16, "limit-epoll", ["idlc", "grpc"]),
    ("stream", 1, 1024, "limit-epoll", ["idlc", "grpc"]),
    ("stream", 1, 65536, "limit-epoll", ["idlc", "grpc"]),
]


def pinned(cpus):
    return lambda: os.sched_setaffinity(0, cpus)


class Server:
    """A server that runs, and its port."""

    def __init__(self, build, program, cpus, environment, *arguments):
        self.process = subprocess.Popen([os.path.join(build, program), *arguments],
                                        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        preexec_fn=pinned(cpus), env={**os.environ, **environment})
        ready, _, _ = select.select([self.process.stdout], [], [], 10)
        words = self.process.stdout.readline().split() if ready else []
        if len(words) != 2:
            self.stop()
            raise RuntimeError(f"{program} did not start")
        self.port = words[1].decode()

    def memory(self):
        """KiB: resident, and of those its own (not of files)."""
        with open(f"/proc/{self.process.pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["VmRSS"].split()[0]), int(lines["RssAnon"].split()[0])

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def ring(build, cpus, count, seconds):
    out = subprocess.run([os.path.join(build, "limit_ring"), str(count), str(seconds)],
                         capture_output=True, text=True, check=True, preexec_fn=pinned(cpus))
    return json.loads(out.stdout)


def measure(build, peer, place, load, count, size, seconds):
    """One figure; None where this peer has no such load."""
    program, client, environment = PEERS[peer]
    server_cpus, client_cpus = PLACES[place]
    if program is None:
        return ring(build, client_cpus, count, seconds)
    server = Server(build, program, server_cpus, environment)
    try:
        out = subprocess.run(
            [os.path.join(build, client), server.port, load, str(count), str(size), str(seconds),
             str(server.process.pid)], capture_output=True, text=True, timeout=seconds + 60,
            preexec_fn=pinned(client_cpus), env={**os.environ, **environment})
        if out.returncode == 3:
            return None
        if out.returncode != 0:
            raise RuntimeError(f"{peer}, {load} {count} {size}: {out.stderr or out.stdout}")
        result = json.loads(out.stdout)
        result["server_rss_kib"], _ = server.memory()
        return result
    finally:
        server.stop()


def idle(build, peer, count):
    """KiB that a connection costs its server while nothing happens on it."""
    program, client, environment = PEERS[peer]
    server = Server(build, program, {CPUS[-1]}, {})
    try:
        rss, before = server.memory()
        process = subprocess.Popen(
            [os.path.join(build, client), server.port, "idle", str(count), "16", "30"],
            stdout=subprocess.PIPE, env={**os.environ, **environment})
        process.stdout.readline()
        after = server.memory()[1]
        process.kill()
        process.wait()
        process.stdout.close()
        return {"rss_kib": rss, "kib_per_connection": round((after - before) / count, 2)}
    finally:
        server.stop()


def crowd(build, groups, seconds):
    """For each set of CPUs a server with a worker for each, and as many clients of 100 connections,
    all on those CPUs: calls per second, and the processor time of one. None: there were no calls."""
    client, environment = PEERS["idlc server"][1:]
    servers, clients = [], []
    try:
        for cpus in groups:
            servers.append(Server(build, "idlc_server", cpus, {}, str(len(cpus))))
        for server, cpus in zip(servers, groups):
            command = [os.path.join(build, client), server.port, "conns", "100", "16", str(seconds),
                       str(server.process.pid)]
            for _ in cpus:
                clients.append((len(cpus), subprocess.Popen(
                    command, stdout=subprocess.PIPE, text=True, preexec_fn=pinned(cpus),
                    env={**os.environ, **environment})))
        out = [(sharing, json.loads(c.communicate(timeout=seconds + 60)[0])) for sharing, c in clients]
    finally:
        for server in servers:
            server.stop()
    calls = sum(r["calls"] for _, r in out)
    if calls == 0:
        return None
    # Clients that share a server have each seen what it used for all of them.
    return {"per_second": sum(r["per_second"] for _, r in out),
            "client_cpu_us": sum(r["client_cpu_us"] * r["calls"] for _, r in out) / calls,
            "server_cpu_us": sum(r["server_cpu_us"] * r["calls"] / n for n, r in out) / calls}


def run_workers(build, rounds, seconds):
    pair = CPUS[-2:]
    setups = {"one worker, one CPU": [{pair[1]}], "two workers, two CPUs": [set(pair)],
              "two servers, a CPU each": [{c} for c in pair]}
    results = [{name: crowd(build, groups, seconds) for name, groups in setups.items()}
               for _ in range(rounds)]
    return {name: summary(results, "one worker, one CPU", name) for name in setups}


def start_up(build, peer):
    """Microseconds from exec to ready, the least of 20."""
    out = subprocess.run([os.path.join(build, "start"), "20", os.path.join(build, PEERS[peer][0])],
                         capture_output=True, text=True, check=True)
    return float(out.stdout)


def cpu(result):
    return result["client_cpu_us"] + result["server_cpu_us"] if "client_cpu_us" in result else None


def spread(values):
    values = [v for v in values if v is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def summary(rounds, base, peer):
    """Of one load: what the rounds say about a peer, against the base in the same round."""
    own = [r[peer] for r in rounds if r.get(peer)]
    if not own:
        return None
    pairs = [(r[peer], r[base]) for r in rounds if r.get(peer) and r.get(base)]
    figures = {key: statistics.median(o[key] for o in own) for key in own[0]
               if isinstance(own[0][key], (int, float))}
    figures["rate_ratio"] = spread([a["per_second"] / b["per_second"] for a, b in pairs])
    figures["cpu_ratio"] = spread([cpu(b) / cpu(a) for a, b in pairs if cpu(a) and cpu(b)])
    return figures


def size_text(size):
    return f"{size} B" if size < 1024 else f"{size >> 10} KiB" if size < 1 << 20 else "1 MiB"


def load_text(load, count, size):
    return f"{load} {size_text(size)}" if count == 1 else f"{load} {count}, {size_text(size)}"


def number(value):
    if value is None:
        return "-"
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value / 1e3:.1f} k" if value >= 1e4 else f"{value:.0f}"


def ratio(value):
    if value is None:
        return "-"
    digits = 2 if value["median"] >= 0.1 else 3
    return f"**{value['median']:.{digits}f}** ({value['least']:.{digits}f} to {value['greatest']:.{digits}f})"


def table(place, loads):
    lines = [f"### Client and server on {'one CPU' if place == 'same' else 'two CPUs'}", "",
             "| load | peer | per second | of the limit | CPU of the limit's | us of CPU, client + server"
             " | p50 us | p99 us |", "|---|---|---:|---|---|---:|---:|---:|"]
    for row in loads:
        if row["place"] != place:
            continue
        text = load_text(row["load"], row["count"], row["size"])
        for peer, f in row["peers"].items():
            limit = peer == row["base"]
            used = f"{f['client_cpu_us']:.2f} + {f['server_cpu_us']:.2f}" if "client_cpu_us" in f else "-"
            delay = [f"{f[p]:.0f}" if p in f and row["load"] != "stream" else "-"
                     for p in ("p50_us", "p99_us")]
            lines.append(f"| {text} | {peer} | {number(f['per_second'])} | "
                         f"{'1' if limit else ratio(f['rate_ratio'])} | "
                         f"{'1' if limit else ratio(f['cpu_ratio'])} | {used} | {delay[0]} | {delay[1]} |")
            text = ""
    return lines + [""]


def workers_table(rows):
    lines = ["### Workers", "", "| server | per second | of one worker's | its CPU of one's |"
             " us of CPU, client + server |", "|---|---:|---|---|---:|"]
    one = next(iter(rows))
    for name, f in rows.items():
        ratios = ["1" if name == one else ratio(f[key]) for key in ("rate_ratio", "cpu_ratio")]
        lines.append(f"| {name} | {number(f['per_second'])} | {ratios[0]} | {ratios[1]} | {f['client_cpu_us']:.2f} + {f['server_cpu_us']:.2f} |")
    return lines + [""]


def static_table(rows):
    lines = ["### At rest", "", "| peer | server RSS, KiB | KiB an idle connection | exec to ready, ms |",
             "|---|---:|---:|---:|"]
    for peer, row in rows.items():
        lines.append(f"| {peer} | {row['rss_kib']} | {row['kib_per_connection']:.1f} | "
                     f"{row['start_us'] / 1000:.1f} |")
    return lines + [""]


def built(build, peer):
    return all(p is None or os.access(os.path.join(build, p), os.X_OK) for p in PEERS[peer][:2])


def run_load(options, place, spec, peers, steps):
    load, count, size, base, others = spec
    names = [p for p in [base] + others if p in peers or p == base]
    rounds = []
    for i in range(options.rounds):
        turn = i % len(names)
        result = {}
        for peer in names[turn:] + names[:turn]:
            steps()
            try:
                result[peer] = measure(options.build, peer, place, load, count, size, options.seconds)
            except (RuntimeError, ValueError, subprocess.SubprocessError) as error:
                print(f"\n{error}", file=sys.stderr)
        rounds.append(result)
    figures = {p: f for p in names if (f := summary(rounds, base, p))}
    return {"place": place, "load": load, "count": count, "size": size, "base": base,
            "peers": figures, "rounds": rounds}


def machine():
    model = "?"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {"cpu": model, "cpus": len(CPUS), "kernel": platform.release(),
            "load_average": os.getloadavg()[0]}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--place", default="same,split")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--loads", default="seq,flight,threads,conns,stream,workers,rest")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--out", default=".")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.3 if options.quick else 1)
    if len(CPUS) < 2:
        options.place = "same"
    return options


def main():
    options = arguments()
    peers = [p for p in options.peers.split(",") if p in PEERS]
    for peer in [p for p in peers if not built(options.build, p)]:
        print(f"{peer}: not installed, left out", file=sys.stderr)
        peers.remove(peer)
    wanted = options.loads.split(",")
    specs = [(place, spec) for place in options.place.split(",") for spec in LOADS if spec[0] in wanted]
    total = sum(options.rounds * len({spec[3], *(p for p in spec[4] if p in peers)}) for _, spec in specs)
    done = 0

    def step():
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)

    results = {"machine": machine(), "rounds": options.rounds, "seconds": options.seconds,
               "loads": [run_load(options, place, spec, peers, step) for place, spec in specs]}
    if "workers" in wanted and len(CPUS) > 1 and "idlc" in peers:
        results["workers"] = run_workers(options.build, options.rounds, options.seconds)
    if "rest" in wanted:
        # Of those that share a server the first.
        results["rest"] = {p: {**idle(options.build, p, 1000), "start_us": start_up(options.build, p)}
                           for p in peers if p in ["limit-epoll", "limit-libuv", "idlc"] + OTHERS}
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
    lines = []
    for place in options.place.split(",") if specs else []:
        lines += table(place, results["loads"])
    if "workers" in results:
        lines += workers_table(results["workers"])
    if "rest" in results:
        lines += static_table(results["rest"])
    with open(os.path.join(options.out, "results.md"), "w") as file:
        file.write("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
