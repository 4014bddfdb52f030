import assert from "node:assert/strict";
import { test } from "node:test";

import { lex } from "../src/lib/lex.ts";
import { functionOf, originOf, packageOf, shortName, visible, visibleCode } from "../src/lib/names.ts";
import { exactly, matcher } from "../src/lib/pattern.ts";

test("what acts on the order of text, or on its line, is escaped", () => {
  assert.equal(visible("main.(*T).größe\u200b…"), "main.(*T).größe\u200b…");
  assert.equal(visible("main.\u202egnp.exe\u202c"), "main.\\u{202e}gnp.exe\\u{202c}");
  assert.equal(visible("a\u001b[31m\tb\n"), "a\\u{1b}[31m\\u{9}b\\u{a}");
  assert.equal(visibleCode("\tif x { // \u2067"), "\tif x { // \\u{2067}");
  assert.equal(shortName("a/\u202eb.c\u2066"), "\\u{202e}b.c\\u{2066}");
});

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
