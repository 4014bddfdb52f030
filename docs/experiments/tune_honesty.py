#!/usr/bin/env python3
"""Is what `goperf tune` keeps worth keeping, and does it leave the sources alone?

    docs/experiments/tune_honesty.py --goperf target/release/goperf --wins PACK [--part placebos]

Four parts, each on a copy in a temporary folder:

placebos   40 edits of examples/orders that change nothing (a local renamed, a line split, a comment): none may be kept
saboteurs  edits that break a test, deadlock, leak a goroutine, allocate more, are 5 % slower: none may be kept, each
           for the right reason
wins       pairs of functions, before and after, of a conformance pack with one folder per rule (`claim_test.go`):
           the better one is proposed; at least 95 % must be kept
kill       the run is killed at random moments: the tree must be as it was, byte for byte

Python's standard library only; `go` must be on PATH.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_RULE = ["--select", "GP001"]


def tune(goperf, folder, proposals, *args):
    """The JSON report of a run that tries proposals alone: name -> {path: text}."""
    with tempfile.TemporaryDirectory() as temp:
        flags = []
        for name, texts in proposals.items():
            replace = {}
            for number, (path, text) in enumerate(sorted(texts.items())):
                copy = pathlib.Path(temp, f"{name}-{number}.go")
                copy.write_text(text)
                replace[str(path)] = str(copy)
            overlay = pathlib.Path(temp, f"{name}.json")
            overlay.write_text(json.dumps({"Replace": replace}))
            flags += ["--try", str(overlay)]
        command = [goperf, "tune", "./...", "--format", "json", "-o", str(pathlib.Path(temp, "patch")), *args, *flags]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(command[:4])}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)


def digest(folder):
    total = hashlib.sha256()
    for path in sorted(pathlib.Path(folder).rglob("*")):
        total.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            total.update(path.read_bytes())
            total.update(str(path.stat().st_mtime_ns).encode())
    return total.hexdigest()


def orders(temp):
    folder = pathlib.Path(temp, "orders")
    shutil.copytree(ROOT / "examples/orders", folder)
    return folder


# Placebos

FUNCTION = re.compile(r"^func .*\{\n(?:.*\n)*?\}\n", re.M)


def placebos_of(path, text):
    """Edits of a file that change nothing a program does."""
    for at, match in enumerate(FUNCTION.finditer(text)):
        body = match.group(0)

        def swapped(new):
            return text[:match.start()] + new + text[match.end():]

        yield f"{path.stem}-comment-{at}", swapped(body.replace("{\n", "{\n\t// A remark.\n\n", 1))
        local = re.search(r"^\t+(\w+) := ", body, re.M)
        if local:
            name = local.group(1)
            if not re.search(rf"[.\"]{name}\b|\b{name}:", body):
                yield f"{path.stem}-rename-{at}", swapped(re.sub(rf"(?<![.\w\"]){name}\b", f"{name}Value", body))
        call = re.search(r"^\t+.*\w\((\w+), ", body, re.M)
        if call:
            cut = call.end()
            yield f"{path.stem}-split-{at}", swapped(body[:cut].rstrip(" ") + "\n\t\t\t" + body[cut:])


def placebos(goperf, temp, seed):
    folder = orders(temp)
    every = {}
    for name in ("cache", "export", "metrics", "pricing", "shipping", "store", "worker"):
        path = folder / "internal" / name / f"{name}.go"
        for title, text in placebos_of(path, path.read_text()):
            every[title] = {path: text}
    chosen = dict(random.Random(seed).sample(sorted(every.items()), 40))
    report = tune(goperf, folder, chosen, *NO_RULE, "--budget", "20m")
    return table("placebos", report, lambda name: {"nothing", "same", "unreached", "not faster", "undecided"})


# Saboteurs

MODULE = {
    "go.mod": "module example.com/s\n\ngo 1.24\n",
    "s.go": """package s

// Sum adds up.
func Sum(all []int) int {
	total := 0
	for _, one := range all {
		total += one
	}
	return total
}

// Text is a text of so many letters.
func Text(n int) string {
	text := make([]byte, 0, n)
	for i := 0; i < n; i++ {
		text = append(text, 'a')
	}
	return string(text)
}
""",
    "s_test.go": """package s

import "testing"

var numbers = make([]int, 4096)

func TestSum(t *testing.T) {
	if got := Sum([]int{1, 2, 3}); got != 6 {
		t.Errorf("Sum is %d, want 6", got)
	}
}

func TestText(t *testing.T) {
	if got := Text(3); got != "aaa" {
		t.Errorf("Text is %q", got)
	}
}

var sum int
var text string

func BenchmarkSum(b *testing.B) {
	for b.Loop() {
		sum = Sum(numbers)
	}
}

func BenchmarkText(b *testing.B) {
	for b.Loop() {
		text = Text(100)
	}
}
""",
}

# Name, what is replaced, its replacement, the verdicts that are right.
SABOTEURS = [
    ("breaks-a-test", "total := 0", "total := 1", {"broken"}),
    ("does-not-build", "total := 0", "total := nothing", {"broken"}),
    ("does-not-vet", "total := 0\n", "total := 0\n\tif false {\n\t\tprintln(\"x\")\n\t}\n\ttotal = total\n", {"broken", "nothing", "same", "not faster", "slower"}),
    ("deadlocks", "total := 0", "total := 0\n\tif len(all) == 3 {\n\t\tselect {}\n\t}", {"broken"}),
    ("hangs", "total := 0", "total := 0\n\tfor len(all) == 3 {\n\t\ttotal++\n\t}", {"broken"}),
    ("panics-in-the-benchmark", "total := 0", "total := 0\n\tif len(all) == 4096 {\n\t\tpanic(\"large\")\n\t}", {"broken"}),
    ("leaks-a-goroutine", "total := 0", "total := 0\n\tgo func() { <-make(chan int) }()", {"allocates more", "slower"}),
    ("allocates-more", "make([]byte, 0, n)", "make([]byte, 0, 4*n)", {"allocates more"}),
    ("allocates-again", "return string(text)", "again := string(text)\n\treturn string([]byte(again))", {"allocates more"}),
    ("is-slower-by-5-percent", "return total", "for _, one := range all[:len(all)/20] {\n\t\ttotal += one\n\t\ttotal -= one\n\t}\n\treturn total", {"slower"}),
    ("is-slower-by-half", "return total", "for _, one := range all[:len(all)/2] {\n\t\ttotal += one & 1\n\t\ttotal -= one & 1\n\t}\n\treturn total", {"slower"}),
]


def write(folder, files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def saboteurs(goperf, temp, seed):
    folder = write(pathlib.Path(temp, "s"), MODULE)
    source = MODULE["s.go"]
    chosen = {name: {folder / "s.go": source.replace(old, new, 1)} for name, old, new, _ in SABOTEURS}
    right = {name: verdicts for name, _, _, verdicts in SABOTEURS}
    report = tune(goperf, folder, chosen, *NO_RULE, "--budget", "5m")
    return table("saboteurs", report, lambda name: right[name])


# Known wins

def claim(folder):
    """Source and test of a module whose only function is the slow one, and the source with the better one."""
    text = (folder / "claim_test.go").read_text()
    imports = re.search(r"^import \((.*?)^\)|^import (\".*?\")", text, re.M | re.S)
    lines = (imports.group(1) or imports.group(2)).split()
    uses = [line.strip('"') for line in lines if line != '"testing"' and "internal/claim" not in line]
    body = text[imports.end():]
    body = re.sub(r"^func (Test|Benchmark)\w+\(.*?\) (\{ .*\}\n|\{\n(.*\n)*?\}\n)", "", body, flags=re.M)
    before = re.search(r"^func before\(\) \{\n(.*?)^\}\n", body, re.M | re.S)
    after = re.search(r"^func after\(\) \{\n(.*?)^\}\n", body, re.M | re.S)
    if not before or not after:
        return None
    rest = body.replace(before.group(0), "").replace(after.group(0), "")

    def source(inner):
        whole = rest + f"\n// Work does it.\nfunc Work() {{\n{inner}}}\n"
        needed = [path for path in uses if re.search(rf"\b{path.rsplit('/', 1)[-1]}\.", whole)]
        head = "package w\n\nimport (\n" + "".join(f'\t"{path}"\n' for path in needed) + ")\n"
        return (head if needed else "package w\n") + whole

    test = "package w\n\nimport \"testing\"\n\nfunc TestWork(t *testing.T) { Work() }\n\n" \
           "func BenchmarkWork(b *testing.B) {\n\tfor b.Loop() {\n\t\tWork()\n\t}\n}\n"
    return source(before.group(1)), source(after.group(1)), test


def wins(goperf, temp, seed, pack):
    rows = []
    for folder in sorted(pathlib.Path(pack).glob("gp*")):
        if not (folder / "claim_test.go").exists():
            continue
        found = claim(folder)
        if not found:
            continue
        before, after, test = found
        work = write(pathlib.Path(temp, folder.name),
                     {"go.mod": "module example.com/w\n\ngo 1.27\n", "w.go": before, "w_test.go": test})
        built = subprocess.run(["go", "vet", "./..."], cwd=work, capture_output=True, text=True)
        if built.returncode:
            print(f"  {folder.name}: left out, it does not stand alone: {built.stderr.splitlines()[-1]}", file=sys.stderr)
            continue
        report = tune(goperf, work, {folder.name: {work / "w.go": after}}, *NO_RULE, "--budget", "1m")
        one = report["candidates"][0]
        rows.append((folder.name, one["verdict"], one["kept"], effect(one)))
    kept = sum(row[2] for row in rows)
    print("\n| pair | verdict | effect |\n| --- | --- | --- |")
    for name, verdict, _, what in rows:
        print(f"| {name} | {verdict} | {what} |")
    print(f"\nwins: {kept} of {len(rows)} kept")
    return kept >= 0.95 * len(rows)


def effect(one):
    parts = []
    for bench in one["benchmarks"]:
        counts, timed = bench["counts"], bench["time"]
        if counts:
            before, after = counts["before"]["allocs"][0], counts["after"]["allocs"][0]
            parts.append(f"{before:.0f} → {after:.0f} allocs")
        if timed:
            parts.append(f"{(timed['ratio'] - 1) * 100:+.0f} % time")
    return ", ".join(parts)


def table(what, report, right):
    wrong = []
    by_verdict = {}
    print(f"\n| {what} | verdict | why |\n| --- | --- | --- |")
    for one in report["candidates"]:
        by_verdict.setdefault(one["verdict"], []).append(one["title"])
        why = one.get("broken", {}).get("message", "") or effect(one)
        if what != "placebos":
            print(f"| {one['title']} | {one['verdict']} | {why} |")
        if one["kept"] or one["verdict"] not in right(one["title"]):
            wrong.append(f"{one['title']}: {one['verdict']}")
    if what == "placebos":
        for verdict, names in sorted(by_verdict.items()):
            print(f"| {len(names)} | {verdict} | |")
    print(f"\n{what}: {len(report['candidates'])} tried, {len(wrong)} wrong{': ' + '; '.join(wrong) if wrong else ''}")
    return not wrong


# Killed

def kill(goperf, temp, seed, times=8):
    folder = orders(temp)
    before = digest(folder)
    chance = random.Random(seed)
    for number in range(times):
        command = [goperf, "tune", "./...", "--unsafe-fixes", "--budget", "1m", "-o", str(pathlib.Path(temp, "patch"))]
        running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 40))
        running.send_signal(signal.SIGKILL)
        running.wait()
        if digest(folder) != before:
            print(f"kill: the tree changed in run {number}")
            return False
    print(f"\nkill: {times} runs killed at random moments, the tree is byte-identical after each")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goperf", required=True)
    parser.add_argument("--wins", metavar="PACK", help="the folder of the pack with claims")
    parser.add_argument("--part", choices=["placebos", "saboteurs", "wins", "kill"], action="append")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    goperf = str(pathlib.Path(args.goperf).resolve())
    parts = args.part or ["placebos", "saboteurs", "wins", "kill"]
    good = True
    for part in parts:
        if part == "wins" and not args.wins:
            continue
        with tempfile.TemporaryDirectory(prefix="tune-honesty-") as temp:
            run = globals()[part]
            extra = [args.wins] if part == "wins" else []
            good &= run(goperf, temp, args.seed, *extra)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
