import assert from "node:assert/strict";
import { test } from "node:test";

import { firstRightOf, frameAt, layout, neighbour } from "../src/flame/layout.ts";
import { allSums, calleesOf, callersOf, decode, framed, functionSums, grouped, groupedOwn, heaviest, reshaped, ROOT, search, textOf, type Tree } from "../src/flame/tree.ts";
import type { FlameData } from "../src/lib/types.ts";

const NAMES = ["root", "a.A", "a.B", "b.C", "runtime.x"];

/** Folded stacks as the server sends them; a count before the bar is the base's. */
export function flame(stacks: string): FlameData {
  interface Node {
    name: number;
    children: Map<number, Node>;
    own: [number, number];
  }
  const node = (name: number): Node => ({ name, children: new Map(), own: [0, 0] });
  const root = node(0);
  let isDiff = false;
  for (const stack of stacks.trim().split("\n")) {
    const [path, counts] = stack.trim().split(" ");
    const [old, now] = counts!.includes("|") ? counts!.split("|").map(Number) : [0, Number(counts)];
    isDiff ||= counts!.includes("|");
    let at = root;
    for (const part of path!.split(";")) {
      const name = NAMES.indexOf(part);
      if (!at.children.has(name)) at.children.set(name, node(name));
      at = at.children.get(name)!;
    }
    at.own = [at.own[0] + old!, at.own[1] + now!];
  }
  const data: FlameData = {
    header: { file: "", type: "cpu", doc: "", lines: [] },
    scale: { unit: "count", to: "auto", ratio: 1, total: 0 },
    names: NAMES, files: [""], f: NAMES.map(() => 0), by: 1, n: [], d: [], v: [], s: [], leastShare: 0, isCut: false,
  };
  if (isDiff) Object.assign(data, { ov: [], os: [] });
  let last = -1;
  const walk = (it: Node, depth: number): [number, number] => {
    const at = data.n.push(it.name * 2) - 1;
    data.d.push(last + 1 - depth);
    last = depth;
    data.s.push(it.own[1]);
    data.v.push(0);
    data.os?.push(it.own[0]);
    data.ov?.push(0);
    const sum: [number, number] = [...it.own];
    for (const child of it.children.values()) {
      const [old, now] = walk(child, depth + 1);
      sum[0] += old;
      sum[1] += now;
    }
    data.v[at] = sum[1];
    if (data.ov) data.ov[at] = sum[0];
    return sum;
  };
  data.scale.total = walk(root, 0)[1];
  return data;
}

/** A tree as folded stacks again, sorted. */
function folded(tree: Tree): string[] {
  const lines: string[] = [];
  for (let i = 1; i < tree.length; i++) {
    if (tree.own[i] === 0) continue;
    const path: string[] = [];
    for (let k = i; k > 0; k = tree.parent[k]!) path.unshift(tree.names[tree.name[k]!]!);
    lines.push(`${path.join(";")} ${tree.own[i]}`);
  }
  return lines.sort();
}

const STACKS = `
a.A;a.B;b.C 4
a.A;a.B 3
a.A;b.C;a.A 2
a.A;runtime.x;b.C 5
b.C 1`;

test("frames come as they were sent, and lie within their callers", () => {
  const tree = decode(flame(STACKS));
  assert.deepEqual(folded(tree), ["a.A;a.B 3", "a.A;a.B;b.C 4", "a.A;b.C;a.A 2", "a.A;runtime.x;b.C 5", "b.C 1"]);
  const it = layout(tree);
  assert.equal(it.width, 15);
  for (let i = 1; i < tree.length; i++) {
    const above = tree.parent[i]!;
    assert.ok(it.left[i]! >= it.left[above]! && it.right[i]! <= it.right[above]!, `${i} leaves its caller`);
    assert.ok(above < i && tree.end[i]! <= tree.end[above]!);
  }
  for (const row of it.rows) for (let k = 1; k < row.length; k++) assert.ok(it.left[row[k]!]! >= it.right[row[k - 1]!]!);
});

test("a place and a frame belong together", () => {
  const it = layout(decode(flame(STACKS)));
  for (let i = 0; i < it.tree.length; i++) {
    const middle = (it.left[i]! + it.right[i]!) / 2;
    assert.equal(frameAt(it, it.tree.depth[i]!, middle), i);
  }
  assert.equal(frameAt(it, 3, 14.5), -1);
  assert.equal(firstRightOf(it, 1, 14), 1);
  assert.equal(neighbour(it, 1, 1), it.rows[1]![1]);
  assert.equal(neighbour(it, 1, -1), 1);
});

test("frames that are hidden leave their value to their caller", () => {
  const tree = decode(flame(STACKS));
  const without = reshaped(tree, { hides: (name) => name.startsWith("runtime."), collapsesRecursion: false });
  assert.deepEqual(folded(without), ["a.A;a.B 3", "a.A;a.B;b.C 4", "a.A;b.C 5", "a.A;b.C;a.A 2", "b.C 1"]);
  assert.equal(without.total[ROOT], 15);
  const same = reshaped(tree, { hides: () => false, collapsesRecursion: false });
  assert.deepEqual(folded(same), folded(tree));
});

test("recursion becomes one frame", () => {
  const tree = reshaped(decode(flame("a.A;a.B;a.A;a.B 2\na.A 1")), { hides: () => false, collapsesRecursion: true });
  assert.deepEqual(folded(tree), ["a.A 1", "a.A;a.B 2"]);
  assert.equal(tree.total[1], 3);
});

test("both halves of a sandwich have the function's value", () => {
  const tree = decode(flame(STACKS));
  for (const name of [1, 2, 3, 4]) {
    const { total } = functionSums(tree, name);
    assert.equal(calleesOf(tree, name).total[1], total, NAMES[name]);
    assert.equal(callersOf(tree, name).total[1], total, NAMES[name]);
  }
});

test("a function's sums count recursion once", () => {
  const sums = functionSums(decode(flame(STACKS)), 1);
  assert.deepEqual([sums.total, sums.own, sums.places], [14, 2, 2]);
  assert.deepEqual([...sums.callees].map(([name, it]) => [NAMES[name], it.total]).sort(), [["a.B", 7], ["b.C", 2], ["runtime.x", 5]]);
  assert.deepEqual([...sums.callers].map(([name, it]) => [NAMES[name], it.total]), [["root", 14]]);
});

test("hits inside of hits are not counted twice", () => {
  const hits = search(decode(flame(STACKS)), (name) => name.startsWith("a."));
  assert.deepEqual([hits.frames.length, hits.total], [3, 14]);
  assert.equal(search(decode(flame(STACKS)), (name) => name === "root").frames.length, 0);
});

test("a frame is found again by its text, and by a name alone", () => {
  const tree = decode(flame(STACKS));
  for (let i = 1; i < tree.length; i++) assert.equal(framed(tree, textOf(tree, i), -1), i, textOf(tree, i));
  assert.equal(textOf(tree, ROOT), "");
  assert.equal(framed(tree, "a.B", -1), heaviest(tree, "a.B"));
  assert.equal(framed(tree, "1:nothing", -1), -1);
  // A tree without that many: the heaviest of its name.
  assert.equal(framed(tree, "2.9:a.B", -1), heaviest(tree, "a.B", 2));
});

test("a diff is as wide as the mean of both sides", () => {
  const tree = decode(flame("a.A;a.B 4|0\na.A 2|2\nb.C 0|6"));
  const it = layout(tree);
  assert.equal(it.width, 7);
  assert.deepEqual(groupedOwn(tree, (name) => name).map(([name, sums]) => [name, sums.oldOwn, sums.own]), [["b.C", 0, 6], ["a.A", 2, 2], ["a.B", 4, 0]]);
});

test("frames of one package are one frame while they call each other", () => {
  const tree = grouped(decode(flame("a.A;a.B;b.C;a.A 2\na.A 3\na.B;a.A 4")), (name) => name.split(".")[0]!);
  const frames = Array.from({ length: tree.length }, (_, i) => `${tree.depth[i]} ${tree.names[tree.name[i]!]} ${tree.total[i]} ${tree.own[i]}`);
  assert.deepEqual(frames, ["0 root 9 0", "1 a.* 9 7", "2 b.* 2 0", "3 a.* 2 2"]);
});

test("sums of all functions are those of each, recursion counted once", () => {
  const tree = decode(flame("a.A;a.B;a.A 2|5\na.A;b.C 3|0\nruntime.x 0|4"));
  const sums = allSums(tree);
  for (const [name, sum] of sums) {
    const { total, own, oldTotal, oldOwn } = functionSums(tree, name);
    assert.deepEqual(sum, { total, own, oldTotal, oldOwn }, tree.names[name]);
  }
  assert.deepEqual([...sums.keys()].map((name) => tree.names[name]).sort(), ["a.A", "a.B", "b.C", "runtime.x"]);
});
