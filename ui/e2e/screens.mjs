// Screenshots of all pages: node e2e/screens.mjs GOPERF FOLDER [PICTURES]. Each in both themes and three widths into
// FOLDER; those that the README shows also into PICTURES.

import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { CHROMIUM, launch } from "./browser.mjs";
import { serve } from "./server.mjs";

const [goperf, folder, pictures] = process.argv.slice(2);
if (!CHROMIUM) {
  console.log("skipped: screenshots: no Chromium (apt-get install chromium)");
  process.exit(0);
}

const DRAWN = "document.querySelector('canvas[data-drawn]')";
/** Name, address, and what has to be there before the picture is taken. */
const PAGES = [
  ["findings", "/ui/findings", "document.querySelector('.item')"],
  ["source", "/ui/code?file=internal/store/store.go&l=109&w=109&x=109", "document.querySelector('svg.flow path')"],
  ["struct", "/ui/code?file=internal/order/order.go&l=77", "document.querySelector('.lay')"],
  ["leaks", "/ui/leaks", "document.querySelector('.item')"],
  ["benchmarks", "/ui/benchmarks", "document.querySelector('.item')"],
  ["contracts", "/ui/contracts", "document.querySelector('.state,.item')"],
  ["flame", "/ui/flamegraph?si=alloc_space", DRAWN],
  ["sandwich", "/ui/flamegraph?si=alloc_space&sel=example.com/orders/internal/store.(*Store).List&mode=sandwich", "document.querySelectorAll('.half canvas').length === 2"],
  ["top", "/ui/top?si=alloc_space", "document.querySelector('table.grid')"],
  ["graph", "/ui/graph?si=alloc_space", "document.querySelector('.sheet svg')"],
  ["peek", "/ui/peek?f=List&si=alloc_space", "document.querySelector('table.grid')"],
];
/** What the README shows: page, theme and width. */
const SHOWN = ["source-light-1440", "flame-dark-1440"];

mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), "goperf-screens-"));
const example = join(scratch, "orders");
cpSync(join(dirname(fileURLToPath(import.meta.url)), "../../examples/orders"), example, { recursive: true });
// A history with a change.
const entry = (at) => `\npkg: example.com/orders/internal/store\ncommit: c${at}\nrecorded: 2026-01-${String(1 + (at % 28)).padStart(2, "0")}T10:00:00Z\nBenchmarkPut 1000 ${1200 + ((at * 7) % 11)} ns/op\nBenchmarkList 1000 ${(at < 26 ? 5400 : 7100) + ((at * 5) % 60)} ns/op\n`;
writeFileSync(join(example, "benchmarks.txt"), Array.from({ length: 40 }, (_, at) => entry(at)).join(""));

const server = await serve(goperf, ["ui", "./...", "--bench", ".", "--benchtime", "500x", "--no-browser"], { cwd: example });
const browser = await launch();
let failed = 0;
try {
  for (const theme of ["light", "dark"]) {
    for (const [width, height] of [[900, 700], [1440, 900], [2560, 1300]]) {
      const page = await browser.page(width, height);
      for (const [name, address, ready] of PAGES) {
        await page.open(`${server.url}${address}${address.includes("?") ? "&" : "?"}theme=${theme}`);
        try {
          await page.until(ready, `${name} is ready`, 30_000);
        } catch (error) {
          failed++;
          console.log(`${name}: ${error.message}`);
          continue;
        }
        await new Promise((resolve) => setTimeout(resolve, 250));
        const file = `${name}-${theme}-${width}`;
        writeFileSync(join(folder, `${file}.png`), await page.screenshot());
        if (pictures && SHOWN.includes(file)) {
          mkdirSync(pictures, { recursive: true });
          copyFileSync(join(folder, `${file}.png`), join(pictures, `${name}.png`));
        }
        if (page.problems.length > 0) {
          failed++;
          console.log(`${file}: ${page.problems.join("; ")}`);
        }
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`screenshots: ${PAGES.length * 6} in ${folder}${failed > 0 ? `, ${failed} went wrong` : ""}`);
process.exit(failed === 0 ? 0 : 1);
