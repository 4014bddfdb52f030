#!/usr/bin/env node
// Runs the goperf of the package for this platform, which npm installed beside this one.
"use strict";

const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const name = `@goperf/${process.platform}-${process.arch}`;
const program = process.platform === "win32" ? "goperf.exe" : "goperf";
let path;
try {
  path = require.resolve(`${name}/bin/${program}`);
} catch {
  console.error(`goperf: the package ${name} is not installed.`);
  console.error("hint: install goperf again without --no-optional or --omit=optional");
  process.exit(2);
}
// Ctrl-C goes to the whole group: goperf ends by it, and says with what.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const { status, signal, error } = spawnSync(path, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`goperf: ${path}: ${error.message}`);
  process.exit(2);
}
process.exit(status ?? 128 + (constants.signals[signal] ?? 0));
