import assert from "node:assert/strict";
import { test } from "node:test";

import { changeColor, isNoise } from "../src/flame/colors.ts";
import { changeText, draw, type Look } from "../src/flame/draw.ts";
import { layout } from "../src/flame/layout.ts";
import { decode, ROOT, type Tree } from "../src/flame/tree.ts";
import type { FlameData } from "../src/lib/types.ts";

/** A canvas that counts rectangles. */
function canvas(): { g: CanvasRenderingContext2D; rectangles: number[][] } {
  const rectangles: number[][] = [];
  const g = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === "fillRect") return (...args: number[]) => rectangles.push(args);
        if (name === "measureText") return (text: string) => ({ width: text.length * 7 });
        if (name === "font") return "12px x";
        return () => {};
      },
      set: () => true,
    },
  ) as CanvasRenderingContext2D;
  return { g, rectangles };
}

/** A tree of `n` frames: every level splits into ten. */
function wide(n: number, levels: number): Tree {
  const data: FlameData = {
    header: { file: "", type: "", doc: "", lines: [] },
    scale: { unit: "count", to: "auto", ratio: 1, total: 0 },
    names: ["root", "main.f"], files: [""], f: [0, 0], by: 1, n: [0], d: [0], v: [n * 2], s: [0], leastShare: 0, isCut: false,
  };
  let last = 0;
  let left = n;
  const walk = (depth: number, value: number): void => {
    for (let k = 0; k < 10 && left > 0; k++) {
      left--;
      data.n.push(2);
      data.d.push(last + 1 - depth);
      last = depth;
      data.v.push(value / 10);
      data.s.push(0);
      if (depth < levels) walk(depth + 1, value / 10);
    }
  };
  while (left > 0) walk(1, n);
  return decode(data);
}

function look(tree: Tree, changes: Partial<Look> = {}): Look {
  return {
    layout: layout(tree), zoom: ROOT, up: false, scroll: 0, width: 1600, height: 900, row: 20,
    colorOf: () => "#000", hits: undefined, selected: -1, hovered: -1, rootLabel: "all",
    theme: { dark: false, text: "", dim: "", background: "", accent: "", inlined: "", onAccent: "" },
    ...changes,
  };
}

test("a picture costs what its pixels cost, not what its frames do", () => {
  const picture = look(wide(1_000_000, 6));
  const { g } = canvas();
  assert.ok(draw(g, picture) <= 1601 * 8);
  const start = performance.now();
  for (let k = 0; k < 20; k++) draw(g, picture);
  const each = (performance.now() - start) / 20;
  assert.ok(each < 100, `${each} ms per picture of a million frames`);
});

test("nothing is painted outside, and every row that has frames is", () => {
  const picture = look(wide(5000, 4));
  const { g, rectangles } = canvas();
  draw(g, picture);
  for (const [x, , width] of rectangles) assert.ok(x! >= 0 && x! + width! <= 1601);
  const rows = new Set(rectangles.map((it) => it[1]));
  assert.equal(rows.size, picture.layout.rows.length);
});

test("zoom and back is the same picture", () => {
  const tree = wide(3000, 4);
  const [before, zoomed, after] = [canvas(), canvas(), canvas()];
  draw(before.g, look(tree));
  draw(zoomed.g, look(tree, { zoom: 5 }));
  draw(after.g, look(tree));
  assert.deepEqual(after.rectangles, before.rectangles);
  assert.notDeepEqual(zoomed.rectangles, before.rectangles);
});

test("changes have words and colors", () => {
  const cases: [number, number, string][] = [
    [0, 0, ""], [0, 5, "new"], [5, 0, "gone"], [10, 10, ""], [10, 15, "+50%"], [100, 95, "−5.0%"], [1, 14, "×14"],
  ];
  for (const [before, after, text] of cases) assert.equal(changeText(before, after), text);
  assert.notEqual(changeColor(-0.5, false), changeColor(0.5, false));
  assert.ok(isNoise(100, 110, 1) && !isNoise(100, 200, 1) && !isNoise(100, 110, 0));
});
