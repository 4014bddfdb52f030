// Call trees as columns.
//
// Frames lie in the order of a walk from the root, so a frame's callees follow it and `end` tells where they stop. All
// pictures, searches and sums go over these columns; nothing else is kept per frame.

import type { FlameData } from "../lib/types.ts";

export interface Tree {
  /** How many frames there are; the first is the root of all. */
  length: number;
  name: Int32Array;
  inlined: Uint8Array;
  depth: Int32Array;
  parent: Int32Array;
  /** The first frame that is not below this one. */
  end: Int32Array;
  total: Float64Array;
  own: Float64Array;
  /** The same of the base; empty without one. */
  oldTotal: Float64Array;
  oldOwn: Float64Array;
  names: string[];
  files: string[];
  maxDepth: number;
  isDiff: boolean;
}

export const ROOT = 0;

/** The columns of the server's, in full. */
export function decode(data: FlameData): Tree {
  const n = data.n.length;
  const files = data.f.map((at) => data.files[at] ?? "");
  const tree = empty(n, data.names, files, data.ov !== undefined);
  const open: number[] = [];
  for (let i = 0; i < n; i++) {
    const code = data.n[i]!;
    tree.name[i] = code >> 1;
    tree.inlined[i] = code & 1;
    for (let k = data.d[i]!; k > 0; k--) tree.end[open.pop()!] = i;
    const depth = open.length;
    tree.depth[i] = depth;
    tree.parent[i] = depth === 0 ? -1 : open[depth - 1]!;
    open.push(i);
    tree.total[i] = data.v[i]! * data.by;
    tree.own[i] = data.s[i]! * data.by;
    if (tree.isDiff) {
      tree.oldTotal[i] = data.ov![i]! * data.by;
      tree.oldOwn[i] = data.os![i]! * data.by;
    }
    if (depth > tree.maxDepth) tree.maxDepth = depth;
  }
  for (const frame of open) tree.end[frame] = n;
  return tree;
}

function empty(n: number, names: string[], files: string[], isDiff: boolean): Tree {
  const old = isDiff ? n : 0;
  return {
    length: n,
    name: new Int32Array(n),
    inlined: new Uint8Array(n),
    depth: new Int32Array(n),
    parent: new Int32Array(n),
    end: new Int32Array(n),
    total: new Float64Array(n),
    own: new Float64Array(n),
    oldTotal: new Float64Array(old),
    oldOwn: new Float64Array(old),
    names,
    files,
    maxDepth: 0,
    isDiff,
  };
}

/** What a frame is as wide as: its value, or the mean of both sides. */
export function weight(tree: Tree, frame: number): number {
  return tree.isDiff ? (tree.total[frame]! + tree.oldTotal[frame]!) / 2 : tree.total[frame]!;
}

/** A tree while it grows: nodes by caller and name. */
class Builder {
  private readonly known = new Map<number, number>();
  readonly name: number[] = [];
  readonly parent: number[] = [];
  readonly inlined: number[] = [];
  readonly sums: [number[], number[], number[], number[]] = [[], [], [], []];

  constructor(private readonly from: Tree) {
    this.add(-1, from.name[ROOT] ?? 0);
  }

  /** The frame of a name below another one. */
  add(parent: number, name: number): number {
    const key = (parent + 1) * this.from.names.length + name;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const node = this.name.length;
    this.known.set(key, node);
    this.name.push(name);
    this.parent.push(parent);
    this.inlined.push(1);
    for (const sum of this.sums) sum.push(0);
    return node;
  }

  /** Adds a part of a frame to another one. */
  count(node: number, frame: number, isOwn: boolean): void {
    const { own, oldOwn, total, oldTotal, isDiff } = this.from;
    const part = isOwn ? own : total;
    const oldPart = isOwn ? oldOwn : oldTotal;
    const [totals, owns, oldTotals, oldOwns] = this.sums;
    (isOwn ? owns : totals)[node]! += part[frame]!;
    if (isDiff) (isOwn ? oldOwns : oldTotals)[node]! += oldPart[frame]!;
  }

  /** The tree, heaviest callees first. */
  finish(): Tree {
    const { from, name, parent } = this;
    const n = name.length;
    const tree = empty(n, from.names, from.files, from.isDiff);
    const [totals, owns, oldTotals, oldOwns] = this.sums;
    const children: number[][] = Array.from({ length: n }, () => []);
    for (let i = 1; i < n; i++) children[parent[i]!]!.push(i);
    const size = (i: number): number => totals[i]! + oldTotals[i]!;
    let at = 0;
    const open: [node: number, parent: number, depth: number][] = [[0, -1, 0]];
    while (open.length > 0) {
      const [node, above, depth] = open.pop()!;
      const i = at++;
      tree.name[i] = name[node]!;
      tree.parent[i] = above;
      tree.depth[i] = depth;
      tree.inlined[i] = this.inlined[node]!;
      tree.total[i] = totals[node]!;
      tree.own[i] = owns[node]!;
      if (from.isDiff) {
        tree.oldTotal[i] = oldTotals[node]!;
        tree.oldOwn[i] = oldOwns[node]!;
      }
      if (depth > tree.maxDepth) tree.maxDepth = depth;
      const below = children[node]!.sort((a, b) => size(b) - size(a) || name[a]! - name[b]!);
      for (let k = below.length - 1; k >= 0; k--) open.push([below[k]!, i, depth + 1]);
    }
    for (let i = n - 1; i >= 0; i--) {
      if (tree.end[i] === 0) tree.end[i] = i + 1;
      const above = tree.parent[i]!;
      if (above >= 0 && tree.end[above]! < tree.end[i]!) tree.end[above] = tree.end[i]!;
    }
    return tree;
  }
}

export interface Shape {
  /** Names of frames that are left out; what they call takes their place. */
  hides: (name: string) => boolean;
  /** Calls of a function by itself, directly or not, are one frame. */
  collapsesRecursion: boolean;
}

/** The tree with frames left out, and equal paths put together again. */
export function reshaped(tree: Tree, shape: Shape): Tree {
  const hidden = tree.names.map((name) => shape.hides(name));
  const builder = new Builder(tree);
  const place = new Int32Array(tree.length);
  builder.count(0, ROOT, false);
  builder.count(0, ROOT, true);
  for (let i = 1; i < tree.length; i++) {
    const above = place[tree.parent[i]!]!;
    const name = tree.name[i]!;
    let node = above;
    if (!hidden[name]) {
      const same = shape.collapsesRecursion ? ancestor(builder, above, name) : -1;
      node = same >= 0 ? same : builder.add(above, name);
      if (!tree.inlined[i]) builder.inlined[node] = 0;
      if (same < 0) builder.count(node, i, false);
    }
    place[i] = node;
    builder.count(node, i, true);
  }
  return builder.finish();
}

function ancestor(builder: Builder, from: number, name: number): number {
  for (let node = from; node > 0; node = builder.parent[node]!) {
    if (builder.name[node] === name) return node;
  }
  return -1;
}

/** The tree with the functions of a group as one frame each, as long as they call each other: `example.com/store.*`. */
export function grouped(tree: Tree, groupOf: (name: string) => string): Tree {
  const known = new Map<string, number>();
  const names: string[] = [];
  const groups = tree.names.map((name, at) => {
    const group = at === tree.name[ROOT] ? name : `${groupOf(name)}.*`;
    let id = known.get(group);
    if (id === undefined) {
      id = names.push(group) - 1;
      known.set(group, id);
    }
    return id;
  });
  const name = tree.name.map((at) => groups[at]!);
  const builder = new Builder({ ...tree, name, names, files: names.map(() => "") });
  const place = new Int32Array(tree.length);
  builder.count(0, ROOT, false);
  builder.count(0, ROOT, true);
  for (let i = 1; i < tree.length; i++) {
    const above = place[tree.parent[i]!]!;
    const isSame = above > 0 && builder.name[above] === name[i];
    const node = isSame ? above : builder.add(above, name[i]!);
    builder.inlined[node] = 0;
    if (!isSame) builder.count(node, i, false);
    builder.count(node, i, true);
    place[i] = node;
  }
  return builder.finish();
}

/** Everything that functions of a name call, as one tree whose root is that function. */
export function calleesOf(tree: Tree, name: number): Tree {
  const builder = new Builder(tree);
  const top = builder.add(0, name);
  const place = new Int32Array(tree.length);
  for (let i = 1; i < tree.length; i++) {
    if (tree.name[i] !== name || place[i] !== 0) continue;
    builder.count(0, i, false);
    builder.count(top, i, false);
    builder.count(top, i, true);
    builder.inlined[top]! &= tree.inlined[i]!;
    place[i] = top;
    for (let k = i + 1; k < tree.end[i]!; k++) {
      const node = builder.add(place[tree.parent[k]!]!, tree.name[k]!);
      place[k] = node;
      builder.inlined[node]! &= tree.inlined[k]!;
      builder.count(node, k, false);
      builder.count(node, k, true);
    }
  }
  return builder.finish();
}

/** Everything that calls functions of a name: a level deeper is a caller further out. */
export function callersOf(tree: Tree, name: number): Tree {
  const builder = new Builder(tree);
  const top = builder.add(0, name);
  for (let i = 1; i < tree.length; i++) {
    if (tree.name[i] !== name) continue;
    let isOutermost = true;
    for (let k = tree.parent[i]!; k > 0; k = tree.parent[k]!) isOutermost &&= tree.name[k] !== name;
    if (!isOutermost) continue;
    builder.count(0, i, false);
    let node = top;
    builder.count(node, i, false);
    for (let k = tree.parent[i]!; k > 0; k = tree.parent[k]!) {
      node = builder.add(node, tree.name[k]!);
      builder.inlined[node]! &= tree.inlined[k]!;
      builder.count(node, i, false);
    }
  }
  return builder.finish();
}

export interface Sums {
  total: number;
  own: number;
  oldTotal: number;
  oldOwn: number;
}

const noSums = (): Sums => ({ total: 0, own: 0, oldTotal: 0, oldOwn: 0 });

/** The frames of each name: those of name `k` lie from `first[k]` to `first[k + 1]`, in the order of the tree. */
interface NameIndex {
  first: Int32Array;
  frames: Int32Array;
  /** The names of a text; more than one where only files tell them apart. */
  ids: Map<string, number[]>;
}

const indexes = new WeakMap<Tree, NameIndex>();

/** The index of a tree, made when it is asked for first. */
function indexOf(tree: Tree): NameIndex {
  const known = indexes.get(tree);
  if (known) return known;
  const { name, names, length } = tree;
  const first = new Int32Array(names.length + 1);
  for (let i = 0; i < length; i++) first[name[i]! + 1]!++;
  for (let k = 0; k < names.length; k++) first[k + 1]! += first[k]!;
  const next = first.slice();
  const frames = new Int32Array(length);
  for (let i = 0; i < length; i++) frames[next[name[i]!]!++] = i;
  const ids = new Map<string, number[]>();
  for (let k = 0; k < names.length; k++) {
    const same = ids.get(names[k]!);
    if (same) same.push(k);
    else ids.set(names[k]!, [k]);
  }
  const index = { first, frames, ids };
  indexes.set(tree, index);
  return index;
}

/** The frames of a name, in order. */
export function framesOf(tree: Tree, name: number): Int32Array {
  const { first, frames } = indexOf(tree);
  return frames.subarray(first[name] ?? 0, first[name + 1] ?? 0);
}

/** All calls of a function put together: its sums, its direct callers and callees, and in how many places it stands. */
export interface FunctionSums extends Sums {
  places: number;
  callers: Map<number, Sums>;
  callees: Map<number, Sums>;
}

export function functionSums(tree: Tree, name: number): FunctionSums {
  const frames = framesOf(tree, name);
  const sums: FunctionSums = { ...noSums(), places: frames.length, callers: new Map(), callees: new Map() };
  let covered = 0;
  for (const i of frames) {
    sums.own += tree.own[i]!;
    if (tree.isDiff) sums.oldOwn += tree.oldOwn[i]!;
    // What lies inside of another frame of the function is counted there.
    if (i >= covered) {
      covered = tree.end[i]!;
      addTotal(sums, tree, i);
      addTotal(entry(sums.callers, tree.name[tree.parent[i]!]!), tree, i);
    }
    for (let k = i + 1; k < tree.end[i]!; k = tree.end[k]!) {
      if (tree.name[k] !== name) addTotal(entry(sums.callees, tree.name[k]!), tree, k);
    }
  }
  return sums;
}

/** The sums of every function; what lies below a frame of the same function is not counted twice. */
export function allSums(tree: Tree): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  const open = new Int32Array(tree.names.length);
  const path: number[] = [];
  for (let i = 1; i < tree.length; i++) {
    while (path.length >= tree.depth[i]!) open[path.pop()!]!--;
    const name = tree.name[i]!;
    const sum = entry(sums, name);
    if (open[name] === 0) addTotal(sum, tree, i);
    sum.own += tree.own[i]!;
    if (tree.isDiff) sum.oldOwn += tree.oldOwn[i]!;
    open[name]!++;
    path.push(name);
  }
  return sums;
}

function entry(map: Map<number, Sums>, name: number): Sums {
  let sums = map.get(name);
  if (!sums) map.set(name, (sums = noSums()));
  return sums;
}

function addTotal(sums: Sums, tree: Tree, frame: number): void {
  sums.total += tree.total[frame]!;
  if (tree.isDiff) sums.oldTotal += tree.oldTotal[frame]!;
}

/** Own values by a group of functions, heaviest first. */
export function groupedOwn(tree: Tree, groupOf: (name: string) => string): [group: string, sums: Sums, name: number][] {
  const known = new Map<string, number>();
  const found: [string, Sums, number][] = [];
  // By name, of which there are far fewer than frames.
  const groups = new Int32Array(tree.names.length).fill(-1);
  for (let i = 1; i < tree.length; i++) {
    const name = tree.name[i]!;
    if (groups[name]! < 0) {
      const group = groupOf(tree.names[name]!);
      let at = known.get(group);
      if (at === undefined) {
        at = found.push([group, noSums(), name]) - 1;
        known.set(group, at);
      }
      groups[name] = at;
    }
    const sums = found[groups[name]!]![1];
    sums.own += tree.own[i]!;
    if (tree.isDiff) sums.oldOwn += tree.oldOwn[i]!;
  }
  return found.sort((a, b) => b[1].own + b[1].oldOwn - a[1].own - a[1].oldOwn || (a[0] < b[0] ? -1 : 1));
}

/** What a search finds. */
export interface Hits {
  /** Whether each name is one. */
  names: Uint8Array;
  /** The frames, in order. */
  frames: Int32Array;
  /** What they take together; frames inside of others are not counted twice. */
  total: number;
  oldTotal: number;
}

export function search(tree: Tree, isMatch: (name: string) => boolean): Hits {
  const names = new Uint8Array(tree.names.length);
  // The root's name is not a function.
  const root = tree.name[ROOT] ?? 0;
  let n = 0;
  for (let k = 0; k < names.length; k++) {
    if (k === root || !isMatch(tree.names[k]!)) continue;
    names[k] = 1;
    n += framesOf(tree, k).length;
  }
  const hits: Hits = { names, frames: new Int32Array(n), total: 0, oldTotal: 0 };
  const { name, end } = tree;
  let covered = 0;
  for (let i = 1, at = 0; at < n; i++) {
    if (names[name[i]!] === 0) continue;
    hits.frames[at++] = i;
    if (i < covered) continue;
    covered = end[i]!;
    hits.total += tree.total[i]!;
    if (tree.isDiff) hits.oldTotal += tree.oldTotal[i]!;
  }
  return hits;
}

/** The heaviest frame of a name, at a depth if one is given; -1 if there is none. */
export function heaviest(tree: Tree, name: string, depth?: number): number {
  let found = -1;
  for (const frame of named(tree, name, depth)) {
    if (found < 0 || weight(tree, frame) > weight(tree, found)) found = frame;
  }
  return found;
}

/** The frames of a name, at a depth if one is given. */
function named(tree: Tree, name: string, depth?: number): number[] {
  const ids = indexOf(tree).ids.get(name) ?? [];
  const all = ids.flatMap((id) => [...framesOf(tree, id)].filter((it) => it > ROOT && (depth === undefined || tree.depth[it] === depth)));
  return ids.length > 1 ? all.sort((a, b) => a - b) : all;
}

/** A frame as text: `DEPTH:NAME`, or `DEPTH.K:NAME` if it is not the heaviest of its name and depth but the one at `K`. */
export function textOf(tree: Tree, frame: number): string {
  if (frame <= ROOT) return "";
  const [depth, name] = [tree.depth[frame]!, tree.names[tree.name[frame]!]!];
  return `${depth}${heaviest(tree, name, depth) === frame ? "" : `.${named(tree, name, depth).indexOf(frame)}`}:${name}`;
}

/** The frame of such a text, or of a name alone. A tree that lacks it may have another one of that name. */
export function framed(tree: Tree, text: string, otherwise: number): number {
  if (text === "") return otherwise;
  const [, depth, at, name] = /^(?:(\d+)(?:\.(\d+))?:)?(.*)$/s.exec(text) ?? [];
  if (name === undefined) return otherwise;
  if (depth !== undefined) {
    const exact = at === undefined ? undefined : named(tree, name, Number(depth))[Number(at)];
    const found = exact ?? heaviest(tree, name, Number(depth));
    if (found >= 0) return found;
  }
  const found = heaviest(tree, name);
  return found >= 0 ? found : otherwise;
}
