import assert from "node:assert/strict";
import { test } from "node:test";

import { structLines } from "../src/code/structs.ts";
import { oklch } from "../src/flame/colors.ts";
import type { StructFacts } from "../src/lib/types.ts";

const struct = (line: number, names: string[], padding: number[] = []): StructFacts => ({
  name: "p.T", line, size: 8 * names.length, class: 8 * names.length, padding: 0, better: null,
  fields: names.map((name, index) => ({ name, offset: 8 * index, size: 8, hasPointer: false, padding: padding[index] ?? 0 })),
});

test("fields stand on the lines that declare them", () => {
  const text = ["", "package p", "", "type T struct {", "\tA, B int // C is not here", "", "\t// C counts.", "\tC   uint64", "\tsync.Mutex", "\t*io.Reader", "\tAB  int `json:\"A\"`", "}", "", "var C int"];
  const lines = structLines(text, [struct(3, ["A", "B", "C", "Mutex", "Reader", "AB"])]);
  const found = [...lines].map(([line, it]) => `${line}: ${it.fields.map((field) => field.name).join(",")}`);
  assert.deepEqual(found, ["3: ", "4: A,B", "7: C", "8: Mutex", "9: Reader", "10: AB"]);
  assert.equal(lines.get(3)!.whole!.size, 48);
});

test("a struct on one line, and a field that is not found, go nowhere else", () => {
  const text = ["", "type T struct{ a, b int }", "", "func f() { a := 1 }"];
  const one = structLines(text, [struct(1, ["a", "b"])]);
  assert.deepEqual([...one.keys()], [1]);
  assert.equal(one.get(1)!.fields.length, 2);
  const lost = structLines(["", "type T struct {", "}", "", "\tx int"], [struct(1, ["x"])]);
  assert.deepEqual([...lost.keys()], [1]);
});

test("colors of OKLCH are those of CSS", () => {
  // Reference values of the CSS Color 4 conversion.
  assert.equal(oklch(1, 0, 0), "#ffffff");
  assert.equal(oklch(0, 0, 0), "#000000");
  assert.equal(oklch(0.62796, 0.25768, 29.234), "#ff0000");
  assert.equal(oklch(0.51975, 0.17686, 142.495), "#008000");
});
