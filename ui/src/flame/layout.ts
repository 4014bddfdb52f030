// Where frames lie: computed once per tree. Zooming and scrolling change what is looked at, not this.

import { ROOT, type Tree, weight } from "./tree.ts";

export interface Layout {
  tree: Tree;
  /** The left and right end of each frame, in the values' unit. */
  left: Float64Array;
  right: Float64Array;
  /** The frames of each level, from left to right. */
  rows: Int32Array[];
  /** The right ends of the frames of each level. */
  ends: Float64Array[];
  width: number;
}

export function layout(tree: Tree): Layout {
  const n = tree.length;
  const left = new Float64Array(n);
  const right = new Float64Array(n);
  // How far the callees of each frame have been laid out.
  const next = new Float64Array(n);
  const counts = new Int32Array(tree.maxDepth + 1);
  for (let i = 0; i < n; i++) {
    const above = tree.parent[i]!;
    const from = above < 0 ? 0 : next[above]!;
    const to = from + weight(tree, i);
    left[i] = from;
    right[i] = to;
    next[i] = from;
    if (above >= 0) next[above] = to;
    counts[tree.depth[i]!]!++;
  }
  const rows = Array.from(counts, (count) => new Int32Array(count));
  const ends = Array.from(counts, (count) => new Float64Array(count));
  const filled = new Int32Array(tree.maxDepth + 1);
  for (let i = 0; i < n; i++) {
    const depth = tree.depth[i]!;
    const at = filled[depth]!++;
    rows[depth]![at] = i;
    ends[depth]![at] = right[i]!;
  }
  return { tree, left, right, rows, ends, width: n === 0 ? 0 : right[ROOT]! };
}

/** The position in a row of the first frame that ends right of `x`, at `from` or behind it. */
export function firstRightOf({ ends }: Layout, depth: number, x: number, from = 0): number {
  const row = ends[depth]!;
  // Most often it is near.
  let step = 1;
  let low = from;
  let high = from;
  while (high < row.length && row[high]! <= x) {
    low = high + 1;
    high += step;
    step *= 2;
  }
  if (high > row.length) high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The frame at a place; -1 if there is none. */
export function frameAt(it: Layout, depth: number, x: number): number {
  const row = it.rows[depth];
  if (!row) return -1;
  const frame = row[firstRightOf(it, depth, x)];
  return frame !== undefined && it.left[frame]! <= x ? frame : -1;
}

/** The frame beside another one on its level; the same at the end of the row. */
export function neighbour(it: Layout, frame: number, step: -1 | 1): number {
  const row = it.rows[it.tree.depth[frame]!]!;
  const at = row.indexOf(frame);
  return row[at + step] ?? frame;
}

/** The heaviest callee; the same frame if there is none. */
export function heaviestCallee({ tree }: Layout, frame: number): number {
  let found = frame;
  for (let i = frame + 1; i < tree.end[frame]!; i = tree.end[i]!) {
    if (found === frame || weight(tree, i) > weight(tree, found)) found = i;
  }
  return found;
}
