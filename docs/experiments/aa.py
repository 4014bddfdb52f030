#!/usr/bin/env python3
"""How often does a comparison of a program with itself raise an alarm?

    docs/experiments/ab.py --goperf target/release/goperf --module examples/orders --trials 8

Compares all benchmarks of a module with themselves, twice per trial: in sequence (`bench run --count 10`,
twice, compared by `benchstat`) and in turns (`bench ab HEAD HEAD`, whose control line counts). The module
must lie in a git repository. Python standard library only.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile


def call(command, cwd, ok=(0,)):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def in_sequence(goperf, options):
    """Rows and significant rows of two runs one after the other, in sec/op."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("a.txt", "b.txt")]
        for path in paths:
            call([goperf, "bench", "run", "./...", "--bench", options.bench, "--count", str(options.rounds),
                  "--benchtime", options.benchtime, "--out", path], options.module)
        tables = json.loads(call([goperf, "benchstat", "-table", "pkg", "-ignore", "load", "-format", "json"] + paths,
                                 options.module))
    found = [cell["comparison"] for table in tables["tables"] if table["unit"] == "sec/op"
             for row in table["rows"] for cell in row["cells"] if cell["comparison"]]
    return len(found), sum(comparison["significant"] for comparison in found)


def in_turns(goperf, options, seed):
    """The same of interleaved rounds: what the control line says."""
    out = call([goperf, "bench", "ab", "HEAD", "HEAD", "--pkg", "./...", "--bench", options.bench,
                "--benchtime", options.benchtime, "--rounds", str(options.rounds), "--budget", "1h",
                "--seed", str(seed)], options.module, ok=(0, 1))
    alarms, comparisons = re.search(r"control: (\d+) of (\d+) comparison", out).groups()
    return int(comparisons), int(alarms)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goperf", default="goperf")
    parser.add_argument("--module", default=".")
    parser.add_argument("--bench", default=".")
    parser.add_argument("--benchtime", default="10ms")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=8)
    options = parser.parse_args()
    goperf = os.path.abspath(options.goperf) if os.path.exists(options.goperf) else options.goperf
    totals = {"in sequence": [0, 0], "in turns": [0, 0]}
    for trial in range(1, options.trials + 1):
        for name, (rows, alarms) in (("in sequence", in_sequence(goperf, options)),
                                     ("in turns", in_turns(goperf, options, trial))):
            totals[name][0] += rows
            totals[name][1] += alarms
            load = os.getloadavg()[0]
            print(f"trial {trial}, load {load:.1f}, {name}: {alarms} of {rows}", file=sys.stderr, flush=True)
    print("| | comparisons | significant at 5 % |\n|---|---:|---:|")
    for name, (rows, alarms) in totals.items():
        print(f"| {name} | {rows} | {alarms} ({100 * alarms / max(rows, 1):.1f} %) |")


if __name__ == "__main__":
    main()
