// Time from the start of the server to the first picture, and what the page costs: node e2e/bench.mjs RUNS PROFILE… -- COMMAND… [-- COMMAND…],
// where a command is a pprof such as `goperf pprof` or `go tool pprof`. Sides are measured in turn.

import { readFileSync } from "node:fs";

import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";

const [runs, ...rest] = process.argv.slice(2);
const parts = rest.join("\0").split("\0--\0").map((it) => it.split("\0"));
const [profiles, ...commands] = parts;
// A picture of ours, a picture of pprof's.
const PAINTED = "document.querySelector('.frame canvas[data-drawn]') || document.querySelectorAll('#stack-chart .boxbg, #stack-chart div').length > 3";
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Peak memory of a process and its children in MB. */
function peak(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    return Math.max(own, ...children.map(peak));
  } catch {
    return 0;
  }
}

const browser = await launch();
for (const profile of profiles) {
  const results = commands.map(() => ({ ready: [], paint: [], bytes: 0, memory: [], redraw: [] }));
  for (let run = 0; run < Number(runs); run++) {
    for (const [index, command] of commands.entries()) {
      const page = await browser.page(1600, 900);
      let bytes = 0;
      const start = Date.now();
      const server = await serve(command[0], [...command.slice(1), "-symbolize=none", "-no_browser", `-http=localhost:${20000 + Math.floor(Math.random() * 20000)}`, profile]);
      results[index].ready.push(Date.now() - start);
      try {
        // pprof says where it serves before it does.
        for (let tries = 0; tries < 50; tries++) {
          try {
            await page.open(`${server.url}/ui/flamegraph`);
            break;
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
        await page.until(PAINTED, "a picture", 240_000);
        results[index].paint.push(Date.now() - start);
        bytes = await page.evaluate("performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce((n, it) => n + it.transferSize, 0)");
        results[index].bytes = bytes;
        results[index].memory.push(peak(server.process.pid));
        const redraw = await page.evaluate("+document.querySelector('.frame canvas')?.dataset.ms || 0");
        if (redraw) results[index].redraw.push(redraw);
      } finally {
        await page.close();
        server.process.kill("SIGKILL");
      }
    }
  }
  for (const [index, command] of commands.entries()) {
    const { ready, paint, bytes, memory, redraw } = results[index];
    console.log(`${profile.split("/").pop()}  ${command.join(" ")}  serves after ${median(ready)} ms, first picture after ${median(paint)} ms (${Math.min(...paint)}–${Math.max(...paint)}), ${(bytes / 2 ** 20).toFixed(2)} MB, server ${Math.round(median(memory))} MB${redraw.length ? `, redraw ${median(redraw)} ms` : ""}`);
  }
}
await browser.close();
