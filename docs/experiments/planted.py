#!/usr/bin/env python3
"""Does `goperf bench ab` find a 5 % slowdown?

    docs/experiments/planted.py --goperf target/release/goperf --trials 10

Three functions of Go's standard library do a twentieth of their work twice on the new side (by `-overlay`;
nothing is changed on disk). Each trial compares their benchmarks within a budget. Found means: the verdict
is "slower". (How often it is so where nothing changed, aa.py tells.) Python's standard library only; `go` must be on PATH.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

# Import path, file, the function's head and the wrapper that does a part of the work again.
PLANTED = [
    ("encoding/hex", "hex.go", "func Encode(dst, src []byte) int {",
     "func {name}(dst, src []byte) int {{ {original}(dst, src[:len(src)*{percent}/100]); return {original}(dst, src) }}"),
    ("encoding/hex", "hex.go", "func Decode(dst, src []byte) (int, error) {",
     "func {name}(dst, src []byte) (int, error) {{ {original}(dst, src[:len(src)*{percent}/200*2]); "
     "return {original}(dst, src) }}"),
    ("hash/adler32", "adler32.go", "func update(d digest, p []byte) digest {",
     "func {name}(d digest, p []byte) digest {{ {original}(d, p[:len(p)*{percent}/100]); return {original}(d, p) }}"),
]
BENCHMARKS = "^BenchmarkEncode$/16384|^BenchmarkDecode$/16384|^BenchmarkAdler32KB$"
SLOWER = [("encoding/hex", "Encode/16384"), ("encoding/hex", "Decode/16384"), ("hash/adler32", "Adler32KB")]
PACKAGES = ["encoding/hex", "hash/adler32"]


def plant(folder, percent):
    """Writes the changed files and the overlay that puts them in place."""
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    replace = {}
    for package, file, head, wrapper in PLANTED:
        path = os.path.join(root, "src", package, file)
        changed = replace.setdefault(path, os.path.join(folder, file))
        source = open(changed if os.path.exists(changed) else path).read()
        if head not in source:
            sys.exit(f"{path}: this Go has no `{head}`")
        name = head.removeprefix("func ").split("(")[0]
        original = name.lower() + "Original"
        source = source.replace(head, head.replace(name, original, 1))
        source += "\n" + wrapper.format(name=name, original=original, percent=percent) + "\n"
        with open(changed, "w") as out:
            out.write(source)
    overlay = os.path.join(folder, "overlay.json")
    with open(overlay, "w") as out:
        json.dump({"Replace": replace}, out)
    return overlay


def environment(folder):
    """The go command takes no overlay for files in the module cache, where toolchains it fetched lie."""
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    path = os.path.join(root, "bin") + os.pathsep + os.environ["PATH"]
    return {**os.environ, "GOTOOLCHAIN": "local", "GOROOT": root, "PATH": path, "GOMODCACHE": os.path.join(folder, "mod")}


def compare(options, overlay, seed):
    patterns = [word for package in PACKAGES for word in ("--pkg", package)]
    command = [options.goperf, "bench", "ab", "--new-overlay", overlay, *patterns, "--bench", BENCHMARKS,
               "--benchtime", options.benchtime, "--rounds", str(options.rounds), "--budget", options.budget,
               "--seed", str(seed), "--no-why", "--no-control", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(os.path.dirname(overlay)))
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
    return [row for row in json.loads(done.stdout)["verdicts"] if row["unit"] == "sec/op"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goperf", default="goperf")
    parser.add_argument("--percent", type=int, default=5)
    parser.add_argument("--benchtime", default="20ms")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--budget", default="3m")
    parser.add_argument("--trials", type=int, default=10)
    options = parser.parse_args()
    if os.path.exists(options.goperf):
        options.goperf = os.path.abspath(options.goperf)
    found = {key: [] for key in SLOWER}
    with tempfile.TemporaryDirectory() as folder:
        overlay = plant(folder, options.percent)
        for trial in range(1, options.trials + 1):
            for row in compare(options, overlay, trial):
                key = (row["package"], row["benchmark"])
                found[key].append(row)
            said = ", ".join(f"{name} {rows[-1]['verdict']} {100 * (rows[-1]['ratio'] - 1):+.1f}% in {rows[-1]['rounds']}"
                             for (_, name), rows in found.items())
            print(f"trial {trial}, load {os.getloadavg()[0]:.1f}: {said}", file=sys.stderr, flush=True)
    print("| benchmark | found | changes seen | rounds |\n|---|---:|---|---|")
    for (package, name), rows in found.items():
        hits = sum(row["verdict"] == "slower" for row in rows)
        seen = sorted(100 * (row["ratio"] - 1) for row in rows)
        rounds = sorted(row["rounds"] for row in rows)
        print(f"| {package}.{name} | {hits} of {len(rows)} | {seen[0]:+.1f} % to {seen[-1]:+.1f} % | "
              f"{rounds[0]} to {rounds[-1]} |")


if __name__ == "__main__":
    main()
