// What the page of a profile costs in Chromium: node e2e/bench.mjs RUNS GOPERF GO NAME=PROFILE…
//
// First pictures are measured beside `go tool pprof -http`, both sides in turn; pictures of a million frames on a page of
// goperf whose data is replaced by a made tree. The last line of the output is all figures as JSON, times in ms.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";
import { million } from "./trees.mjs";

const [runs, goperf, go, ...inputs] = process.argv.slice(2);
// A picture of ours, a picture of pprof's.
const PAINTED = "document.querySelector('.frame canvas[data-drawn]') || document.querySelectorAll('#stack-chart .boxbg, #stack-chart div').length > 3";
/** So long, in ms, the search field waits for the next key. */
const KEY_WAIT = 60;
/** pprof needs a minute for a profile of this size. */
const ONCE_FROM = 10 << 20;

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];
const p95 = (values) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * 0.95))];

/** Of all threads of a process. */
const childrenOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number));

/** Ends a process and its children: the go command starts pprof as one. */
function end(pid) {
  try {
    const children = childrenOf(pid);
    process.kill(pid, "SIGKILL");
    children.forEach(end);
  } catch {
    // It has ended by itself.
  }
}

/** Peak memory of a process and its children in MiB. */
function peak(pid) {
  try {
    const children = childrenOf(pid);
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    return Math.max(own, ...children.map(peak));
  } catch {
    return 0;
  }
}

/** Peak memory in MiB of a command that ends, and its children. */
function peakOf(command) {
  const script = "import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024)";
  return Number(spawnSync("python3", ["-c", script, ...command], { encoding: "utf8" }).stdout);
}

const start = (command, profile) =>
  serve(command[0], [...command.slice(1), "-symbolize=none", "-no_browser", `-http=localhost:${20000 + Math.floor(Math.random() * 20000)}`, profile]);

/** One server from its start to its first picture. */
async function firstPicture(browser, command, profile) {
  const page = await browser.page(1600, 900);
  const began = performance.now();
  const server = await start(command, profile);
  const ready = performance.now() - began;
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
    const paint = performance.now() - began;
    const bytes = await page.evaluate("performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce((n, it) => n + it.transferSize, 0)");
    return { ready, paint, mib: bytes / 2 ** 20, memory: peak(server.process.pid) };
  } finally {
    await page.close();
    end(server.process.pid);
  }
}

async function firstPictures(browser, name, profile) {
  const sides = { goperf: [], pprof: [] };
  const isLarge = readFileSync(profile).length > ONCE_FROM;
  for (let run = 0; run < Number(runs); run++) {
    sides.goperf.push(await firstPicture(browser, [goperf, "pprof"], profile));
    if (run === 0 || !isLarge) sides.pprof.push(await firstPicture(browser, [go, "tool", "pprof"], profile));
  }
  const result = { name, commandLine: peakOf([goperf, "pprof", "-top", "-symbolize=none", profile]) };
  for (const [side, all] of Object.entries(sides)) {
    const of = (what) => median(all.map((it) => it[what]));
    const paints = all.map((it) => it.paint);
    result[side] = { ready: of("ready"), paint: of("paint"), least: Math.min(...paints), most: Math.max(...paints), mib: of("mib"), memory: of("memory") };
    const it = result[side];
    console.log(`${name}  ${side}  serves after ${it.ready.toFixed(0)} ms, first picture after ${it.paint.toFixed(0)} ms (${it.least.toFixed(0)}–${it.most.toFixed(0)}), ${it.mib.toFixed(2)} MiB, server ${it.memory.toFixed(0)} MiB`);
  }
  return result;
}

/** Runs on the page: what a person does, with the time from the event to the frame that shows it. */
const WALK = `(() => {
  const canvas = document.querySelector(".frame canvas");
  const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const box = canvas.getBoundingClientRect();
  const at = (x, y) => ({ bubbles: true, clientX: box.x + x * box.width, clientY: box.y + y });
  /** Intervals of frames while something is done before each. */
  async function steps(n, act) {
    const [drawing, intervals] = [[], []];
    let last = await next();
    let drawn = canvas.dataset.ms;
    for (let k = 0; k < n; k++) {
      // Behind the frame: what is asked for within one would put off its picture.
      await new Promise((resolve) => setTimeout(resolve));
      act(k);
      const now = await next();
      intervals.push(now - last);
      last = now;
      // Not every step has a picture of its own.
      if (canvas.dataset.ms === drawn) continue;
      drawn = canvas.dataset.ms;
      drawing.push(Number(drawn));
    }
    return { drawing, intervals };
  }
  /** From an event to the frame behind the one that was drawn for it: two frames at least. */
  async function shown(act, isDone) {
    const began = performance.now();
    act();
    await next();
    while (!isDone()) await next();
    await next();
    return performance.now() - began;
  }
  const key = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  return { canvas, next, at, steps, shown, key };
})()`;

/** Redraws, zooms and searches on a tree of a million frames. */
async function onMillion(browser, server, name, { levels: [shallow, deep], names: nNames }) {
  const data = million({ shallow, deep, names: nNames });
  const page = await browser.page(1600, 900);
  const html = await (await fetch(`${server.url}/ui/flamegraph`)).text();
  const [, before, text, after] = /^(.*id="page">)(.*?)(<\/script>.*)$/s.exec(html);
  const shown = JSON.parse(text);
  shown.data = { ...shown.data, ...data, scale: { ...shown.data.scale, total: data.v[0] * data.by } };
  const began = performance.now();
  await page.replace("*/ui/flamegraph*", `${before}${JSON.stringify(shown)}${after}`, () => page.open(`${server.url}/ui/flamegraph`));
  await page.front();
  await page.until(PAINTED, "a picture of a million frames", 60_000);
  const opened = performance.now() - began;
  const walked = await page.evaluate(`(async () => {
    const { canvas, next, at, steps, shown, key } = ${WALK};
    const idle = await steps(60, () => {});
    const scrolls = await steps(120, (k) => canvas.dispatchEvent(new WheelEvent("wheel", { ...at(0.5, 300), deltaY: k < 60 ? 40 : -40, cancelable: true })));
    const moves = await steps(120, (k) => canvas.dispatchEvent(new MouseEvent("mousemove", at((k + 1) / 122, 30 + (k % 20) * 20))));
    const zooms = [];
    for (let k = 0; k < 15; k++) {
      const row = 20 * (1 + (k % 6)) + 10;
      zooms.push(await shown(() => canvas.dispatchEvent(new MouseEvent("dblclick", at(0.05 + 0.06 * k, row))), () => true));
      await steps(6, () => {});
      // Back at the whole, whatever level that was.
      for (let up = 0; up < 8 && new URLSearchParams(location.search).get("zoom"); up++) zooms.push(await shown(() => key("Escape"), () => true));
      await steps(6, () => {});
    }
    const input = document.querySelector(".find input");
    const found = () => document.querySelector(".find .cnt").textContent;
    const searches = [];
    for (const text of ["store", "Get1", "runtime", "^encoding/json", "(Read|Write).*7", "nothing-has-this-name", "."]) {
      const said = found();
      const time = await shown(() => { input.value = text; input.dispatchEvent(new Event("input", { bubbles: true })); }, () => found() !== said);
      searches.push({ text, found: found(), time });
    }
    return { idle, scrolls, moves, zooms, searches };
  })()`);
  const result = {
    name,
    frames: data.n.length,
    opened,
    idle: p95(walked.idle.intervals),
    drawing: p95([...walked.scrolls.drawing, ...walked.moves.drawing]),
    drawingMedian: median([...walked.scrolls.drawing, ...walked.moves.drawing]),
    scroll: p95(walked.scrolls.intervals),
    move: p95(walked.moves.intervals),
    zoom: median(walked.zooms),
    zoomP95: p95(walked.zooms),
    searches: walked.searches,
    search: median(walked.searches.map((it) => it.time)) - KEY_WAIT,
    searchMost: Math.max(...walked.searches.map((it) => it.time)) - KEY_WAIT,
  };
  if (page.problems.length > 0) throw new Error(page.problems.join("\n"));
  console.log(`${name}: ${JSON.stringify(result)}`);
  await page.close();
  return result;
}

const browser = await launch();
try {
  const pictures = [];
  const profiles = inputs.map((it) => it.split("="));
  for (const [name, profile] of profiles) pictures.push(await firstPictures(browser, name, profile));
  const millions = [];
  const server = await start([goperf, "pprof"], profiles[0][1]);
  try {
    millions.push(await onMillion(browser, server, "wide", { levels: [8, 20], names: 20_000 }));
    millions.push(await onMillion(browser, server, "deep", { levels: [60, 200], names: 20_000 }));
  } finally {
    end(server.process.pid);
  }
  console.log(JSON.stringify({ pictures, millions }));
} finally {
  await browser.close();
}
// Whatever a server left behind does not keep this process.
process.exit(0);
