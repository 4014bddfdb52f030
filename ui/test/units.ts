import assert from "node:assert/strict";
import { test } from "node:test";

import { label, share } from "../src/lib/units.ts";

test("values print as on the command line", () => {
  // As the tests of crates/profile/src/units.rs and crates/pprof/src/number.rs have them.
  const cases: [number, string, string, string][] = [
    [1_100_000_000, "nanoseconds", "auto", "1.10s"],
    [1_000_000_000, "ns", "minimum", "1s"],
    [0, "nanoseconds", "auto", "0"],
    [-2048, "bytes", "auto", "-2kB"],
    [1536, "bytes", "kB", "1.50kB"],
    [12, "count", "count", "12"],
    [12, "count", "auto", "12"],
    [90_000_000_000 * 60, "ns", "auto", "1.50hrs"],
  ];
  for (const [value, from, to, expected] of cases) {
    assert.equal(label(value, { unit: from, to, ratio: 1, total: 0 }), expected);
  }
});

test("shares print as on the command line", () => {
  const cases: [number, number, string][] = [
    [1, 0, "0%"],
    [1, 1, "100%"],
    [9996, 10000, "100%"],
    [423, 1000, "42.30%"],
    [1, 100, "1.00%"],
    [5, 10000, "0.05%"],
    [123, 1000000, "0.012%"],
  ];
  for (const [part, whole, expected] of cases) assert.equal(share(part, whole), expected, `${part} of ${whole}`);
});
