#!/usr/bin/env python3
"""How often does a comparison of a program with itself raise an alarm?

    docs/experiments/aa.py --goperf target/release/goperf --trials 8

Compares 44 benchmarks of Go's standard library with themselves, twice per trial: in sequence
(`goperf bench run --count 10`, twice, compared by `goperf benchstat`) and in turns
(`goperf bench ab --self`). Prints a line per trial on standard error and a table at the end.
Python's standard library only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

PACKAGES = ["strings", "strconv", "unicode/utf8", "encoding/hex"]
BENCHMARKS = ("^Benchmark(Index|IndexRune|LastIndex|IndexByte|ToUpper|Repeat|TrimSpace|Quote|UnquoteEasy|"
              "UnquoteHard|RuneCountTenASCIIChars|RuneCountTenJapaneseChars|ValidTenASCIIChars|"
              "DecodeASCIIRune|DecodeJapaneseRune|EncodeASCIIRune|EncodeJapaneseRune|Encode|Decode)$")


def call(command, ok=(0,)):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in ok:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def in_sequence(options):
    """Rows and significant rows of two runs one after the other, in sec/op."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("a.txt", "b.txt")]
        for path in paths:
            call([options.goperf, "bench", "run", *options.packages, "--bench", options.bench,
                  "--count", str(options.rounds), "--benchtime", options.benchtime, "--out", path])
        tables = json.loads(call([options.goperf, "benchstat", "-table", "pkg", "-ignore", "load",
                                  "-format", "json"] + paths))
    found = [cell["comparison"] for table in tables["tables"] if table["unit"] == "sec/op"
             for row in table["rows"] for cell in row["cells"] if cell["comparison"]]
    return len(found), sum(comparison["significant"] for comparison in found)


def in_turns(options, seed):
    """The same of interleaved rounds."""
    patterns = [word for package in options.packages for word in ("--pkg", package)]
    report = json.loads(call([options.goperf, "bench", "ab", "--self", *patterns, "--bench", options.bench,
                              "--benchtime", options.benchtime, "--rounds", str(options.rounds),
                              "--budget", "1h", "--seed", str(seed), "--format", "json"]))
    control = report["control"]
    return control["comparisons"], control["false_alarms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--goperf", default="goperf")
    parser.add_argument("--bench", default=BENCHMARKS)
    parser.add_argument("--benchtime", default="10ms")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="of the first trial")
    options = parser.parse_args()
    if os.path.exists(options.goperf):
        options.goperf = os.path.abspath(options.goperf)
    totals = {"in sequence": [], "in turns": []}
    for trial in range(1, options.trials + 1):
        for name, measure in (("in sequence", lambda: in_sequence(options)),
                              ("in turns", lambda: in_turns(options, options.seed + trial))):
            rows, alarms = measure()
            totals[name].append((rows, alarms))
            print(f"trial {trial}, load {os.getloadavg()[0]:.1f}, {name}: {alarms} of {rows}",
                  file=sys.stderr, flush=True)
    print("| | comparisons | significant at 5 % | by trial |\n|---|---:|---:|---|")
    for name, trials in totals.items():
        rows, alarms = (sum(column) for column in zip(*trials))
        each = ", ".join(str(alarms) for _, alarms in trials)
        print(f"| {name} | {rows} | {alarms} ({100 * alarms / max(rows, 1):.1f} %) | {each} |")


if __name__ == "__main__":
    main()
