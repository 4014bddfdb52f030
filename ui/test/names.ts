import assert from "node:assert/strict";
import { test } from "node:test";

import { lex } from "../src/lib/lex.ts";
import { functionOf, originOf, packageOf, shortName } from "../src/lib/names.ts";
import { exactly, matcher } from "../src/lib/pattern.ts";

test("names come apart at the package", () => {
  const cases: [name: string, pkg: string, fn: string, short: string][] = [
    ["main.main", "main", "main", "main.main"],
    ["net/http.(*conn).serve", "net/http", "(*conn).serve", "http.(*conn).serve"],
    ["github.com/a/b/v2.F", "github.com/a/b/v2", "F", "b/v2.F"],
    ["slices.Sort[go.shape.[]int,github.com/x/y.T]", "slices", "Sort[go.shape.[]int,github.com/x/y.T]", "slices.Sort[go.shape.[]int,github.com/x/y.T]"],
    ["memcpy", "", "memcpy", "memcpy"],
    ["</script><b>.x", "</script><b>", "x", "script><b>.x"],
  ];
  for (const [name, pkg, fn, short] of cases) {
    assert.deepEqual([packageOf(name), functionOf(name), shortName(name)], [pkg, fn, short]);
  }
  const origins = ["runtime", "internal/runtime/maps", "runtime/pprof", "net/http", "main", "example.com/x"].map(originOf);
  assert.deepEqual(origins, ["runtime", "runtime", "library", "library", "own", "own"]);
});

test("the pieces of a line are the line", () => {
  const lines = ["\tif x := \"a // b\\\"\"; x != `c` { // why", "r := 'x' /* y */ + 1", "\"open", "名 := \u202e𝒳{}", "x".repeat(5000)];
  for (const line of lines) assert.equal(lex(line).map((it) => it[1]).join(""), line);
  assert.deepEqual(lex("return x // y"), [["kw", "return"], ["", " x "], ["com", "// y"]]);
});

test("what is typed is an expression, or else a text", () => {
  assert.ok(matcher("^net/.*serve$")("net/http.(*conn).serve"));
  assert.ok(matcher("(*conn")("net/http.(*conn).serve"));
  const name = "a.(*T[go.shape.int]).F^$|\\";
  assert.ok(matcher(`^${exactly(name)}$`)(name));
});
