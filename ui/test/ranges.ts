import assert from "node:assert/strict";
import { test } from "node:test";

import { before, grown, moved, rangeOf, textOf } from "../src/lib/ranges.ts";

test("ranges of captures and their addresses", () => {
  // Profiles 2 and 5 were dropped onto the page, or are not kept any more.
  const ids = [0, 1, 3, 4, 6];
  assert.equal(textOf(ids, { from: 1, to: 3 }), "1-4");
  assert.equal(textOf(ids, { from: 2, to: 2 }), "3");
  for (const text of ["0", "3", "1-4", "0-6"]) assert.equal(textOf(ids, rangeOf(ids, text)!), text);
  assert.deepEqual(rangeOf(ids, "2-5"), { from: 2, to: 3 });
  for (const text of ["", "2", "7", "7-9", "x", "4-1"]) assert.equal(rangeOf(ids, text), undefined, text);
});

test("ranges move within the captures", () => {
  assert.deepEqual(moved({ from: 1, to: 2 }, 1, 5), { from: 2, to: 3 });
  assert.deepEqual(moved({ from: 3, to: 4 }, 2, 5), { from: 3, to: 4 });
  assert.deepEqual(moved({ from: 1, to: 2 }, -5, 5), { from: 0, to: 1 });
  assert.deepEqual(grown({ from: 1, to: 2 }, 1, 5), { from: 1, to: 3 });
  assert.deepEqual(grown({ from: 1, to: 2 }, -3, 5), { from: 1, to: 1 });
  assert.deepEqual(before({ from: 3, to: 4 }), { from: 1, to: 2 });
  assert.deepEqual(before({ from: 1, to: 3 }), { from: 0, to: 0 });
  assert.equal(before({ from: 0, to: 1 }), undefined);
});
