import assert from "node:assert/strict";
import { test } from "node:test";

import { changeColor, isNoise } from "../src/flame/colors.ts";
import { changeText, draw, drawOverview, type Look } from "../src/flame/draw.ts";
import { layout } from "../src/flame/layout.ts";
import { decode, ROOT, type Tree } from "../src/flame/tree.ts";
import type { FlameData } from "../src/lib/types.ts";

/** A picture of pixels, which tests look at through [`pixelsOf`]. */
let painted: Uint32Array[] = [];
Object.assign(globalThis, {
  ImageData: class {
    data: Uint8ClampedArray;
    constructor(width: number, height: number) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
  },
  OffscreenCanvas: class {
    getContext = (): object => ({ putImageData: (image: ImageData) => painted.push(new Uint32Array(image.data.slice().buffer)) });
  },
});

/** The pixels that something paints, which are not rectangles. */
function pixelsOf(paint: () => void): Uint32Array {
  painted = [];
  paint();
  return painted[0] ?? new Uint32Array(0);
}

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
  const { g, rectangles } = canvas();
  const n = pixelsOf(() => assert.ok(draw(g, picture) <= 1601 * 8)).filter((it) => it !== 0).length;
  // The last levels have frames narrower than a pixel, from edge to edge.
  assert.ok(n >= 1600 && n <= 1600 * 8, `${n}`);
  assert.ok(rectangles.length < 1600, `${rectangles.length}`);
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
  const rows = new Set(rectangles.map((it) => it[1]! / 20));
  const pixels = pixelsOf(() => draw(canvas().g, picture));
  for (let line = 0; line < pixels.length / 1600; line++) {
    if (pixels.subarray(1600 * line, 1600 * (line + 1)).some((it) => it !== 0)) rows.add(line);
  }
  assert.equal(rows.size, picture.layout.rows.length);
});

test("zoom and back is the same picture", () => {
  const tree = wide(3000, 4);
  const [before, zoomed, after] = [canvas(), canvas(), canvas()];
  const first = pixelsOf(() => draw(before.g, look(tree)));
  draw(zoomed.g, look(tree, { zoom: 5 }));
  const last = pixelsOf(() => draw(after.g, look(tree)));
  assert.deepEqual(last, first);
  assert.deepEqual(after.rectangles, before.rectangles);
  assert.notDeepEqual(zoomed.rectangles, before.rectangles);
});

test("frames of a few pixels are pixels of their colors, side by side", () => {
  const data = wide(1, 1);
  // 800 frames of two pixels each.
  const n = 801;
  const tree: Tree = {
    ...data, length: n, name: Int32Array.from({ length: n }, (_, k) => (k === 0 ? 0 : 1)), inlined: new Uint8Array(n),
    depth: new Int32Array(n).fill(1).fill(0, 0, 1), parent: new Int32Array(n).fill(0).fill(-1, 0, 1),
    end: Int32Array.from({ length: n }, (_, k) => (k === 0 ? n : k + 1)), total: new Float64Array(n).fill(1).fill(n - 1, 0, 1), own: new Float64Array(n), maxDepth: 1,
  };
  const [red, blue] = [0xff0000ff, 0xffff0000];
  const pixels = pixelsOf(() => draw(canvas().g, look(tree, { colorOf: (frame) => (frame % 2 === 1 ? "#ff0000" : "#0000ff") })));
  const line = pixels.subarray(1600, 3200);
  for (let x = 0; x < 1600; x++) assert.equal(line[x], (x >> 1) % 2 === 0 ? red : blue, `${x}`);
});

test("an overview has no gap where frames are narrow", () => {
  const picture = look(wide(1_000_000, 6), { row: 1, height: 56 });
  const pixels = pixelsOf(() => drawOverview(canvas().g, picture, 1600, 56));
  const deepest = pixels.subarray(1600 * 6, 1600 * 7);
  // The tree fills half of the picture.
  const end = deepest.findLastIndex((it) => it !== 0);
  assert.ok(end > 600 && deepest.subarray(0, end).every((it) => it !== 0), `${end}`);
});

test("changes have words and colors", () => {
  const cases: [number, number, string][] = [
    [0, 0, ""], [0, 5, "new"], [5, 0, "gone"], [10, 10, ""], [10, 15, "+50%"], [100, 95, "−5.0%"], [1, 14, "×14"],
  ];
  for (const [before, after, text] of cases) assert.equal(changeText(before, after), text);
  assert.notEqual(changeColor(-0.5, false), changeColor(0.5, false));
  assert.ok(isNoise(100, 110, 1) && !isNoise(100, 200, 1) && !isNoise(100, 110, 0));
});
