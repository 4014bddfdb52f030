// Journeys through the pages in a browser: node e2e/journeys.mjs GOPERF PROFILES, where PROFILES is the folder of the
// conformance pack's inputs. Exit status 1 if one fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { CHROMIUM, launch } from "./browser.mjs";
import { beyondMeasure, hostileTexts, TEXTS } from "./hostile.mjs";
import { serve } from "./server.mjs";

const [goperf, data, hostile, only] = process.argv.slice(2);
if (!CHROMIUM) {
  console.log("skipped: journeys through the web pages: no Chromium (apt-get install chromium)");
  process.exit(0);
}

const browser = await launch();
const scratch = mkdtempSync(join(tmpdir(), "goperf-journeys-"));
let failed = 0;
let passed = 0;

/** A journey over the pages of some profiles; nothing may go wrong on the page meanwhile. */
async function journey(name, args, walk, { cwd = data, ends = 0, env: more = {} } = {}) {
  if (only && !name.includes(only)) return;
  const env = { ...process.env, XDG_CONFIG_HOME: join(scratch, "config"), ...more };
  const all = ["ui", "check", "bench", "leak"].includes(args[0]) ? args : ["pprof", "-symbolize=none", "-http=localhost:0", "-no_browser", ...args];
  const server = await serve(goperf, all, { cwd, env });
  const page = await browser.page();
  try {
    await walk(page, server.url, server);
    assert.deepEqual(page.problems, []);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
    writeFileSync(join(tmpdir(), "goperf-journey.png"), await page.screenshot().catch(() => ""));
  } finally {
    await page.close().catch(() => {});
    assert.equal(await server.stop(), ends, "the server ends well");
  }
}

const text = (selector) => `document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`;
const query = (name) => `new URLSearchParams(location.search).get(${JSON.stringify(name)})`;
const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../node_modules/axe-core/axe.min.js"), "utf8");
/** What axe finds on the page that is serious. */
async function serious(page) {
  // Colours that are on their way from one theme to the other are nobody's choice.
  await page.evaluate("new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 500); })");
  await page.until("document.getAnimations().every(it => it.playState !== 'running')", "still colours");
  await page.evaluate(`${axe};1`);
  const violations = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(it => it.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].any[0]?.message}`))",
  );
  return violations;
}
/** An answer without a browser. */
const get = (url, headers = {}, method = "GET") =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body, headers: response.headers }));
    });
    request.on("error", reject).end();
  });

await journey("flame graph by keys alone", ["demo/cpu.pb.gz"], async (page, url) => {
  await page.open(url);
  await page.until("document.querySelector('canvas[data-drawn]')", "a picture");
  assert.equal(await page.evaluate("location.pathname"), "/ui/flamegraph");
  assert.ok((await page.evaluate("+document.querySelector('.frame canvas').dataset.drawn")) > 20);
  // Search: how many frames, which share.
  await page.press("/");
  await page.type("main.fib");
  await page.until(`/frames, \\d/.test(${text(".find .cnt")})`, "the count of hits");
  await page.press("Enter");
  await page.press("n");
  await page.until(`${query("sel")}?.includes("main.fib")`, "the first hit is selected");
  assert.match(await page.evaluate(text("#side h2")), /fib/);
  // Zoom, and back.
  await page.evaluate("document.querySelector('.frame canvas').focus()");
  await page.press("Enter");
  await page.until(`${query("zoom")}?.includes("main.fib")`, "the zoom is in the address");
  const zoomed = await page.evaluate(text("#path"));
  assert.match(zoomed, /fib/);
  await page.evaluate("history.back()");
  await page.until(`${query("zoom")} === null`, "back leaves the zoom");
  // Direction, runtime, sandwich, theme.
  await page.press("i");
  await page.until(`${query("dir")} === "flame"`);
  await page.press("r");
  await page.until(`${query("hr")} === "1"`);
  await page.press("p");
  await page.until("document.querySelectorAll('.half canvas').length === 2", "both halves of the sandwich");
  await page.press("Escape");
  const theme = await page.evaluate("document.documentElement.dataset.t");
  await page.press("t");
  assert.notEqual(await page.evaluate("document.documentElement.dataset.t"), theme);
  await page.press("?");
  await page.until("document.querySelector('dialog[open]')");
  await page.press("Escape");
  await page.until("!document.querySelector('dialog[open]')");
  // The table, with the share that the side has.
  const share = await page.evaluate(text("#side .d2 .dim.r"));
  await page.press("T");
  await page.until("document.querySelector('table.grid tbody tr')", "the table");
  const row = await page.evaluate("[...document.querySelectorAll('table.grid tr')].find(it => it.innerText.includes('main.fib'))?.innerText");
  assert.ok(/^\d+\.\d+%$/.test(share) && row.includes(share), `the same share in ${row} and ${share}`);
});

await journey("by pointer", ["demo/cpu.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('canvas[data-drawn]')");
  const box = await page.evaluate("(() => { const b = document.querySelector('.frame canvas').getBoundingClientRect(); return [b.x, b.y]; })()");
  await page.hover(box[0] + 60, box[1] + 36);
  await page.until("document.querySelector('.card.on')", "the card of a frame");
  await page.mouse(box[0] + 60, box[1] + 36);
  await page.until(`${query("sel")} !== null`);
  await page.mouse(box[0] + 60, box[1] + 36, { count: 2 });
  await page.until(`${query("zoom")} !== null`);
  await page.mouse(box[0] + 60, box[1] + 36, { button: "right" });
  await page.until("document.querySelector('.menu.at')", "the menu of a frame");
  await page.evaluate("[...document.querySelectorAll('.menu.at button')].find(it => it.innerText === 'Focus').click()");
  await page.until(`${query("f")} !== null && document.querySelector('.chip')`, "a focus with its chip");
  await page.evaluate("document.querySelector('.chip button').click()");
  await page.until(`${query("f")} === null`, "the chip's way out");
});

await journey("every view of pprof's, and its parameters", ["-source_path=src", "fx/cpu.pb.gz"], async (page, url) => {
  for (const [view, mark] of [["top", "table.grid"], ["graph", ".sheet svg"], ["peek?f=line2001", "table.grid"], ["source?f=line1000", "section .line"]]) {
    await page.open(`${url}/ui/${view}`);
    await page.until(`document.querySelector(${JSON.stringify(mark)})`, view);
  }
  assert.match(await page.evaluate(text("main")), /line1000/);
  for (const view of ["flamegraph?sel=line1000", "top", "graph", "peek?f=line2001", "source?f=line1000"]) {
    for (const theme of ["light", "dark"]) {
      await page.open(`${url}/ui/${view}${view.includes("?") ? "&" : "?"}theme=${theme}`);
      await page.until("document.querySelector('.ctl')", view);
      assert.deepEqual(await serious(page), [], `${view} in ${theme}`);
    }
  }
  await page.open(`${url}/ui/top?si=samples&f=line2000&n=2`);
  await page.until("document.querySelector('table.grid')");
  assert.equal(await page.evaluate("document.querySelectorAll('table.grid tbody tr').length"), 2);
  assert.match(await page.evaluate(text(".ctl")), /line2000/);
  const json = await get(`${url}/ui/top`, { accept: "application/json" });
  assert.equal(JSON.parse(json.body).data.rows.length, 6);
  const plain = await get(`${url}/ui/top`, { accept: "text/plain" });
  assert.match(plain.body, /flat%/);
});

await journey("states in words", ["fx/cpu.pb.gz"], async (page, url) => {
  for (const [address, words] of [["top?f=nomatch", /No samples are left/], ["peek?f=nomatch", /no matches found/], ["top?f=(", /missing closing/], ["nosuch", /no page/]]) {
    await page.open(`${url}/ui/${address}`);
    await page.until("document.querySelector('.state')", address);
    assert.match(await page.evaluate(text(".state")), words);
    // The browser logs the status of the document.
    page.problems.splice(0);
  }
  await page.evaluate("document.querySelector('.state .btn').click()");
  await page.until("document.querySelector('canvas[data-drawn]')", "the way out");
});

await journey("options are saved and deleted", ["fx/cpu.pb.gz"], async (page, url) => {
  assert.equal((await get(`${url}/ui/saveconfig?config=mine&f=line2000`)).status, 405);
  assert.equal((await get(`${url}/ui/saveconfig?config=mine&f=line2000`, {}, "POST")).status, 200);
  assert.ok(existsSync(join(scratch, "config", "pprof", "settings.json")));
  const saved = async () => JSON.parse((await get(`${url}/ui/top`, { accept: "application/json" })).body).saved;
  assert.deepEqual(await saved(), [{ name: "mine", query: "?f=line2000" }]);
  assert.equal((await get(`${url}/ui/deleteconfig?config=mine`, {}, "POST")).status, 200);
  assert.deepEqual(await saved(), []);
  await page.open(`${url}/ui/top`);
});

await journey("a diff", ["-diff_base=syn/cpu.pb.gz", "syn/cpu.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('canvas[data-drawn]')");
  assert.match(await page.evaluate(text(".ctl")), /gone/);
  // A profile beside itself: nothing changed.
  assert.match(await page.evaluate(text("#path")), /→/);
  assert.ok(!(await page.evaluate(`/[+−]\\d/.test(${text("#side")})`)), "no change");
});

await journey("what is new and what is gone stands in lists; frames by package", ["-diff_base=demo/cpu.pb.gz", "syn/cpu.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelectorAll('.only').length === 2", "both lists");
  const [fresh, gone] = await page.evaluate("[...document.querySelectorAll('.only')].map(it => it.innerText)");
  // The programs have nothing in common but the runtime.
  assert.match(fresh, /New: only after\s+[1-9]/);
  assert.match(gone, /Gone: only before\s+[1-9][^]*main\.fib/);
  await page.evaluate("[...document.querySelectorAll('.only')][1].querySelector('button').click()");
  await page.until(`${query("sel")} !== null`, "a vanished function is selected");
  await page.press("g");
  await page.until(`${query("group")} === "package" && /\\.\\*/.test(${text("#side")})`, "packages as frames");
  assert.deepEqual(await serious(page), []);
  await page.press("g");
  await page.press("g");
  await page.until(`${query("group")} === null`);
});

await journey("another profile is dropped, and becomes the base", ["demo/cpu.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('canvas[data-drawn]')");
  const drop = (name, base64) => page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(base64)}), it => it.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);
  // What is no profile is refused in words.
  await drop("notes.txt", Buffer.from("no profile").toString("base64"));
  await page.until("document.querySelector('.said')", "words for what is no profile");
  assert.match(await page.evaluate(text(".said")), /notes\.txt/);
  page.problems.length = 0;
  // One of other types is kept, but no picture can be made with it.
  await drop("heap.pb.gz", readFileSync(join(data, "demo/heap.pb.gz")).toString("base64"));
  await page.until("/cannot be compared/.test(document.querySelector('.state')?.innerText)", "words for what cannot be compared");
  page.problems.length = 0;
  await page.evaluate("history.back()");
  await page.until("document.querySelector('canvas[data-drawn]')");
  await drop("before.pb.gz", readFileSync(join(data, "demo/cpu.pb.gz")).toString("base64"));
  await page.until(`${query("base")} === "2" && /→/.test(${text("#path")})`, "the diff");
  assert.match(await page.evaluate(text(".ctl")), /base\s+before\.pb\.gz/);
  assert.deepEqual(await serious(page), []);
  // It stays on other pages, in the link, and goes by a key.
  await page.press("T");
  await page.until("/No difference in cpu/.test(document.querySelector('.state')?.innerText)", "a profile differs from itself in nothing");
  await page.press("d");
  await page.until(`${query("base")} === null && document.querySelector('table.grid')`, "no comparison");
  // Without the token of the page nothing is taken, and not much is read.
  const size = (headers, n) => new Promise((resolve, reject) => {
    const request = http.request(`${url}/ui/profiles?name=x`, { method: "POST", headers }, (response) => resolve(response.statusCode));
    request.on("error", reject).end(Buffer.alloc(n));
  });
  assert.equal(await size({}, 10), 403);
  assert.equal(await size({ "x-goperf-token": "0".repeat(32) }, 10), 403);
  assert.equal(await size({}, 2 << 20), 413);
});

// A service with a profile that can be asked for again and again.
let fails = false;
const live = http.createServer((_, response) => {
  if (fails) {
    response.statusCode = 503;
    return response.end("busy");
  }
  response.end(readFileSync(join(data, "demo/cpu.pb.gz")));
});
await new Promise((resolve) => live.listen(0, "127.0.0.1", resolve));
await journey("a running service is captured again, and captures are compared", [`http://127.0.0.1:${live.address().port}/debug/pprof/profile?seconds=1`], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('.captures') && document.querySelector('canvas[data-drawn]')", "the row of captures");
  await page.press("C");
  await page.until(`${query("p")} === "1"`, "the capture is shown");
  await page.until("document.querySelectorAll('.shot').length === 2");
  await page.press("b");
  await page.until(`${query("base")} === "0" && /→/.test(${text("#path")})`, "compared with the one before");
  assert.deepEqual(await serious(page), []);
  await page.press("[");
  await page.until(`${query("p")} === null && ${query("base")} === null`, "the first one");
  // Ranges: by the brush, then by keys.
  for (const n of [3, 4, 5]) {
    await page.press("C");
    await page.until(`document.querySelectorAll('.shot').length === ${n}`, `${n} captures`);
  }
  const bars = await page.evaluate("(() => { const b = document.querySelector('.captures svg').getBoundingClientRect(); return [b.x, b.y + b.height / 2, b.width / 5]; })()");
  const brush = async (from, to, modifiers = 0) => {
    const at = (index) => ({ x: bars[0] + (index + 0.5) * bars[2], y: bars[1], button: "left", modifiers });
    await page.call("Input.dispatchMouseEvent", { type: "mousePressed", ...at(from), clickCount: 1 });
    await page.call("Input.dispatchMouseEvent", { type: "mouseMoved", ...at(to) });
    await page.call("Input.dispatchMouseEvent", { type: "mouseReleased", ...at(to), clickCount: 1 });
  };
  const all = await page.evaluate(text("#path"));
  await brush(3, 4);
  await page.until(`${query("p")} === "3-4"`, "two captures as one");
  await page.until(`${text("#path")} !== ${JSON.stringify(all)}`, "their sum");
  // With Shift the base: captures of the same program differ in nothing, whatever the lengths.
  await brush(0, 2, 8);
  await page.until(`${query("base")} === "0-2" && /→/.test(${text("#path")})`, "the diff of both ranges");
  assert.match(await page.evaluate(text(".captures")), /2 captures[^]*against [^]*3 captures/);
  const [, one, other] = /all · (.*) → (.*)/.exec(await page.evaluate(text("#path")));
  assert.equal(one, other, "a range is worth as many captures as the other");
  assert.deepEqual(await serious(page), []);
  await page.press("B");
  await page.press("{");
  await page.until(`${query("base")} === "0-1"`, "the base, one shorter");
  await page.press("]");
  await page.until(`${query("base")} === "1-2"`, "and one later");
  await page.press("B");
  await page.press("{");
  await page.until(`${query("p")} === "3"`, "the captures that are shown, one fewer");
  await page.press("b");
  await page.until(`${query("base")} === null`, "no comparison");
  fails = true;
  await page.press("C");
  await page.until("/503|busy/.test(document.querySelector('.said')?.innerText)", "words for a service that does not answer");
  page.problems.length = 0;
}, { env: { HOME: scratch, PPROF_TMPDIR: scratch } });
live.close();

await journey("an exported file works without network", ["demo/cpu.pb.gz"], async (page, url) => {
  const file = await get(`${url}/ui/export`);
  const path = join(scratch, "profile.html");
  writeFileSync(path, file.body);
  await page.offline();
  await page.open(pathToFileURL(path).href);
  await page.until("document.querySelector('canvas[data-drawn]')", "a picture");
  await page.press("/");
  await page.type("main.fib");
  await page.until(`/frames, \\d/.test(${text(".find .cnt")})`);
  await page.press("Enter");
  await page.press("n");
  await page.press("T");
  await page.until("document.querySelector('table.grid tbody tr')", "the table");
  // A file offers no key that needs a server.
  await page.press("?");
  await page.until("document.querySelector('dialog[open]')");
  assert.doesNotMatch(await page.evaluate(text("dialog")), /apply|source of|compare|capture/);
});

await journey("labels, and only the samples of one", ["edge/labels.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/labels`);
  await page.until("document.querySelectorAll('main section').length > 3", "the labels");
  assert.deepEqual(await serious(page), []);
  const plain = (await get(`${url}/ui/labels`, { accept: "text/plain" })).body;
  for (const key of await page.evaluate("[...document.querySelectorAll('main section')].map(it => it.ariaLabel)")) assert.ok(plain.includes(key), `${key} in ${plain}`);
  await page.evaluate("document.querySelector('main td .link').click()");
  await page.until(`${query("tf")} !== null && document.querySelector('canvas[data-drawn]')`, "the flame graph of one value");
  assert.match(await page.evaluate(text(".chip")), /label/);
});

await journey("windows of any size, and twice as large text", ["demo/cpu.pb.gz"], async (page, url) => {
  for (const width of [720, 900, 1180, 2560]) {
    await page.resize(width, 700);
    for (const view of ["flamegraph", "top", "peek?f=fib"]) {
      await page.open(`${url}/ui/${view}`);
      await page.until("document.querySelector('nav.v a[aria-current]')", view);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const wide = await page.evaluate("[document.documentElement.scrollWidth - innerWidth, document.querySelector('header.top').scrollWidth - document.querySelector('header.top').clientWidth]");
      assert.ok(wide.every((it) => it <= 0), `${view} at ${width}: ${wide}`);
      const cut = await page.evaluate("[...document.querySelectorAll('header.top a, header.top button')].filter(it => it.getBoundingClientRect().right > innerWidth + 1).length");
      assert.equal(cut, 0, `${view} at ${width}: links outside of the window`);
    }
  }
  // What has no room stands in a menu, which keys open.
  await page.resize(720, 700);
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('nav.v .anchor button')", "the menu of views");
  await page.evaluate("document.querySelector('nav.v .anchor button').focus()");
  await page.press("Enter");
  await page.press("ArrowDown");
  await page.until("document.activeElement?.matches('nav.v .menu a')", "a link of the menu");
  await page.press("Enter");
  await page.until("location.pathname !== '/ui/flamegraph'", "its page");
  assert.deepEqual(await serious(page), []);
  await page.resize(1440, 900);
});

await journey("a reload shows the same page", ["demo/cpu.pb.gz"], async (page, url) => {
  await page.open(`${url}/ui/flamegraph?q=main&dir=flame&hr=1&sel=main.fib&color=module&theme=dark`);
  await page.until(`/frames, \\d/.test(${text(".find .cnt")})`, "the hits");
  const before = await page.evaluate(`[location.href, ${text(".find .cnt")}, ${text("#side h2")}, document.documentElement.dataset.t].join()`);
  await page.open(await page.evaluate("location.href"));
  await page.until(`/frames, \\d/.test(${text(".find .cnt")})`, "the hits again");
  assert.equal(await page.evaluate(`[location.href, ${text(".find .cnt")}, ${text("#side h2")}, document.documentElement.dataset.t].join()`), before);
});

await journey("other sites are refused", ["fx/cpu.pb.gz"], async (page, url) => {
  const port = new URL(url).port;
  const refused = async (headers, method) => (await get(`${url}/ui/top`, headers, method)).status === 403;
  assert.ok(await refused({ host: `evil.example:${port}` }), "a name that was rebound");
  assert.ok(await refused({ origin: "http://evil.example" }), "a script of another site");
  assert.ok(await refused({ origin: "null" }, "POST"), "a form of a sandboxed page");
  assert.ok(await refused({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }));
  assert.ok(!(await refused({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })), "a link");
  const answer = await get(`${url}/ui/top`);
  assert.match(answer.headers["content-security-policy"], /default-src 'none'; script-src 'self'/);
  // A page of another origin in a real browser: it can read nothing, save nothing, frame nothing.
  const foreign = http.createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<iframe src="${url}/ui/top"></iframe><script>
      window.results = Promise.all([
        fetch("${url}/ui/top").then(it => "read " + it.status, () => "refused"),
        fetch("${url}/ui/saveconfig?config=x", {method: "POST", mode: "no-cors"}).then(() => "sent", () => "refused"),
      ]);</script>`);
  });
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  try {
    await page.open(`http://127.0.0.1:${foreign.address().port}/`);
    const results = await page.evaluate("window.results");
    assert.equal(results[0], "refused");
    page.problems.length = 0;
    const { body } = await get(`${url}/ui/top`, { accept: "application/json" });
    assert.deepEqual(JSON.parse(body).saved, []);
  } finally {
    foreign.close();
  }
});

await journey("two users, and a server that goes away", ["demo/cpu.pb.gz"], async (page, url, server) => {
  const other = await browser.page();
  await Promise.all([page.open(`${url}/ui/flamegraph`), other.open(`${url}/ui/top`)]);
  await other.until("document.querySelector('table.grid')");
  await page.front();
  await page.until("document.querySelector('canvas[data-drawn]')");
  await other.close();
  await server.stop();
  await page.evaluate("document.querySelector('nav a[href*=top]').click()");
  await page.until(`/does not answer/.test(${text(".state")})`, "words for a server that is gone");
  page.problems.length = 0;
});

// The source page, on the example that has costs planted; its own copy, as a fix may be applied to it.
const example = join(dirname(fileURLToPath(import.meta.url)), "../../examples/orders");
if (spawnSync("go", ["version"]).status !== 0) {
  console.log("skipped: the journey through the source page: no go command");
} else {
  const copy = join(scratch, "orders");
  cpSync(example, copy, { recursive: true });
  const delays = spawnSync("go", ["test", "-run", "^$", "-bench", "Put", "-benchtime", "20x", "-blockprofile", "block.pb.gz", "-mutexprofile", "mutex.pb.gz", "-o", join(scratch, "store.test"), "./internal/store"], { cwd: copy });
  assert.equal(delays.status, 0, String(delays.stderr));
  const args = ["ui", "./internal/store", "--bench", ".", "--benchtime", "50x", "--block-profile", "block.pb.gz", "--no-browser"];
  await journey("source page by keys alone", args, async (page, url) => {
    await page.open(url);
    await page.until("document.querySelector('.item')", "the findings");
    const title = await page.evaluate(text(".item[aria-current=true] .title"));
    assert.equal(await page.evaluate(text(".detail h2")), title);
    await page.press("j");
    await page.press("k");
    await page.press("o");
    await page.until("document.querySelector('.row.sel')", "the line of a finding");
    assert.equal(await page.evaluate("location.pathname"), "/ui/code");
    assert.ok(await page.evaluate("document.querySelector('.fx')"), "its finding is open");
    // `append` in a closure: the flow leads to the line that captures it.
    assert.deepEqual(page.problems, []);
    await page.open(`${url}/ui/code?file=store.go&l=109`);
    await page.until("document.querySelector('[data-l=\"109\"].sel')");
    await page.press("h");
    await page.until("document.querySelector('svg.flow path')?.getAttribute('d')", "the flow is drawn");
    assert.ok((await page.evaluate("document.querySelectorAll('.tok').length")) >= 2);
    await page.press("f");
    await page.until("document.querySelector('.fx')");
    // A callee opens in place, with its lines in the same columns.
    await page.evaluate("document.querySelector('[data-l=\"107\"] .ln').click()");
    await page.press("Enter");
    await page.until("document.querySelectorAll('.peek .row').length > 3", "the callee");
    assert.deepEqual(await serious(page), []);
    await page.press("t");
    assert.deepEqual(await serious(page), []);
    await page.press("s");
    await page.until(`${query("val")} === "total"`);
    await page.press("z");
    await page.until(`${query("z")} === "0"`);
    await page.press("j");
    await page.press("Escape");
    await page.until("!document.querySelector('.peek') && !document.querySelector('svg.flow')", "everything is closed");
    // What stands on the page is the file, byte by byte.
    const lines = "[...document.querySelectorAll('#doc .rows > [data-l]')].map(it => it.querySelector('.text').textContent)";
    const shown = await page.evaluate(`[${lines}.length, ${lines}.join("\\n")]`);
    const file = readFileSync(join(copy, "internal/store/store.go"), "utf8").replace(/\n$/, "");
    assert.equal(shown[1], file);
    // What a callee costs here, and what all its callers cost; the instructions of a line.
    await page.open(`${url}/ui/code?file=store.go&l=107&o=107:each&val=total`);
    await page.until("document.querySelectorAll('.peek .row').length > 3", "the callee");
    const numbers = (row) => page.evaluate(`[...document.querySelectorAll('${row} .n')].map(it => it.innerText).join(' ')`);
    assert.equal(await numbers(".peek .ph"), await numbers("[data-l=\"107\"]"), "the call costs what its line passes through");
    const here = await numbers(".peek .ph");
    await page.evaluate("document.querySelectorAll('.peek .who button')[1].click()");
    await page.until(`${query("who")} === "all"`);
    assert.notEqual(await numbers(".peek .ph"), here, "all callers cost more");
    await page.evaluate("document.querySelector('[data-l=\"109\"] .ln').click()");
    await page.press("i");
    await page.until("document.querySelector('.asm .inst')", "the instructions of the line");
    assert.match(await page.evaluate(text(".asm")), /store\.test[^]*(CALL|MOV|BL)[^]*store\.go:109/);
    assert.deepEqual(await serious(page), []);
    await page.press("i");
    await page.until("!document.querySelector('.asm')");
    // The same share on the page, in the table of findings, and in the flame graph's total.
    await page.evaluate("document.querySelector('nav a[href*=flamegraph]').click()");
    await page.until("document.querySelector('canvas[data-drawn]')", "the flame graph of the same profiles");
  }, { cwd: copy });

  // Leaks of the source and of a dump, benchmarks over time.
  const entry = (commit, list) => `\npkg: example.com/orders/store\ncommit: c${commit}\nrecorded: 2026-01-01T00:00:${String(commit).padStart(2, "0")}Z\nBenchmarkPut 1000 ${1200 + (commit % 3)} ns/op\nBenchmarkList 1000 ${list + (commit % 3)} ns/op\n`;
  writeFileSync(join(copy, "benchmarks.txt"), Array.from({ length: 30 }, (_, at) => entry(at, at < 18 ? 5000 : 7000)).join(""));
  writeFileSync(join(copy, "dump.txt"), "goroutine 1 [running]:\nmain.main()\n\t/src/m/main.go:12 +0x1d\n\ngoroutine 7 [chan send, 12 minutes]:\nexample.com/orders/internal/shipping.(*Board).Cheapest.func1()\n\t/src/internal/shipping/shipping.go:44 +0x2f\ncreated by example.com/orders/internal/shipping.(*Board).Cheapest in goroutine 1\n\t/src/internal/shipping/shipping.go:41 +0x45\n");
  await journey("leaks, and benchmarks over time", ["ui", "./...", "--seen", "dump.txt", "--no-browser"], async (page, url) => {
    await page.open(`${url}/ui/leaks`);
    await page.until("document.querySelector('.item')", "the leaks");
    const found = JSON.parse((await get(`${url}/ui/leaks`, { accept: "application/json" })).body).data;
    assert.ok(found.check.functions > 50 && found.findings.length > 0);
    // The goroutine of the dump is evidence of the finding, and leads to it.
    const [blocked] = found.seen[0].groups.filter((it) => it.verdict === "BLOCKED");
    assert.equal(blocked.explainedBy.length, 1);
    assert.match(found.findings[blocked.explainedBy[0]].evidence.join(), /1 goroutine waits/);
    assert.deepEqual(await serious(page), []);
    const last = found.findings.length + found.seen[0].groups.length;
    for (let n = 0; n < last; n++) await page.press("j");
    assert.match(await page.evaluate(text(".detail")), /Stack/);
    for (let n = 0; n < last; n++) await page.press("k");
    await page.press("o");
    await page.until("document.querySelector('.row.sel')", "the line of a leak");
    await page.evaluate("document.querySelector('nav a[href*=benchmarks]').click()");
    await page.until("document.querySelector('.item')", "the benchmarks");
    await page.press("/");
    await page.type("List");
    await page.press("Enter");
    await page.until("document.querySelectorAll('.item').length === 1", "one benchmark");
    assert.match(await page.evaluate(text(".detail")), /5\.\d+µ → 7\.\d+µ \(\+\d+\.\d%\) at c18/);
    await page.press("ArrowLeft");
    await page.until(`${query("l")} !== null`, "an entry");
    assert.deepEqual(await serious(page), []);
    await page.press("t");
    assert.deepEqual(await serious(page), []);
    await page.evaluate("[...document.querySelectorAll('.seg button')].find(it => it.innerText === 'comparison').click()");
    await page.until("/bench ab REVISION --ui/.test(document.querySelector('.state')?.innerText)", "how to compare");
  }, { cwd: copy });

  // The report that `check` prints, in the browser and as one file.
  const report = join(scratch, "report.html");
  const check = ["check", "./...", "--bench", ".", "--benchtime", "50x", "--ui", "--no-browser", "--html", report];
  await journey("check: its report in the browser and as one file", check, async (page, url, server) => {
    assert.ok(/\d findings in \d+ packages/.test(server.said()), "the answer is printed first");
    await page.open(url);
    await page.until("document.querySelector('.item')", "the findings");
    const titles = "[...document.querySelectorAll('.item .title')].map(it => it.innerText).join('|')";
    const served = await page.evaluate(titles);
    await page.offline();
    await page.open(pathToFileURL(report).href);
    await page.until("document.querySelector('.item')", "the findings of the file");
    assert.equal(await page.evaluate(titles), served);
    assert.ok(!(await page.evaluate("document.querySelector('[data-act=apply]')")), "a file applies nothing");
    await page.press("j");
    await page.press("o");
    await page.until("document.querySelector('.row.sel')", "the line of a finding");
    const first = await page.evaluate(text(".crumb button"));
    // Any file of the packages, and a callee of another one.
    await page.evaluate("document.querySelector('.crumb button').click()");
    await page.evaluate("[...document.querySelectorAll('.files button')].find(it => !it.innerText.includes(document.querySelector('.crumb button').innerText.split(' ')[0])).click()");
    await page.until(`${text(".crumb button")} !== ${JSON.stringify(first)}`, "another file");
    assert.deepEqual(await serious(page), []);
    // Each sample type has its pictures.
    await page.evaluate("document.querySelector('nav a[href*=flamegraph]').click()");
    await page.until("document.querySelector('canvas[data-drawn]')", "a picture");
    const total = await page.evaluate(text("#path"));
    await page.press("2");
    await page.until(`${text("#path")} !== ${JSON.stringify(total)}`, "the picture of another type");
  }, { cwd: copy, ends: 1 });
}

if (spawnSync("go", ["version"]).status === 0) {
  // Sizes and padding beside structs, promises with what breaks them.
  const folder = join(scratch, "padded");
  mkdirSync(folder);
  writeFileSync(join(folder, "go.mod"), "module example.com/padded\n\ngo 1.22\n");
  writeFileSync(join(folder, "padded.go"), "package padded\n\ntype Padded struct {\n\tA bool\n\tB int64\n\tC, D bool\n\tE *int\n}\n\n//goperf:noalloc\nfunc Broken(n int) []int {\n\treturn make([]int, n)\n}\n\n//goperf:inline\nfunc Kept(a int) int { return a + 1 }\n");
  await journey("padding of structs, and contracts", ["ui", ".", "--no-browser"], async (page, url) => {
    await page.open(`${url}/ui/code?file=padded.go&l=3`);
    await page.until("document.querySelector('.lay')", "the ribbon of a struct");
    const line = (n) => page.evaluate(`document.querySelector('[data-l="${n}"] .an')?.innerText ?? ""`);
    assert.match(await line(3), /32 B · 13 B padding/);
    assert.match(await line(3), /reordered 24 B/);
    assert.match(await line(4), /\+0\s+1 B\s+7 B padding/);
    assert.match(await line(6), /\+16\s+1 B\s*\+17\s+1 B\s+6 B padding/);
    assert.deepEqual(await serious(page), []);
    await page.evaluate("document.querySelector('nav a[href*=contracts]').click()");
    await page.until("document.querySelectorAll('.item').length === 2", "both promises");
    assert.match(await page.evaluate(text(".item")), /broken/);
    assert.match(await page.evaluate(text(".detail")), /Broken promises not to allocate/);
    await page.press("j");
    assert.match(await page.evaluate(text(".detail")), /Kept, as far/);
    assert.deepEqual(await serious(page), []);
    await page.press("o");
    await page.until("document.querySelector('[data-l=\"15\"].sel')", "the promise in its source");
  }, { cwd: folder });

  // A file of twelve thousand lines, and delays of a profile made for it.
  const long = join(scratch, "long");
  mkdirSync(long);
  writeFileSync(join(long, "go.mod"), "module example.com/long\n\ngo 1.22\n");
  const fn = (at) => `func f${at}(n int) int {\n${"\tn++\n".repeat(17)}\treturn n\n}\n`;
  writeFileSync(join(long, "long.go"), `package long\n\n${Array.from({ length: 600 }, (_, at) => fn(at)).join("\n")}`);
  writeFileSync(join(long, "lock.go"), "package long\n\nimport \"sync\"\n\nvar mu sync.Mutex\n\nfunc Locked(work func()) {\n\tmu.Lock()\n\twork()\n\tmu.Unlock()\n}\n");
  writeFileSync(join(long, "lock_test.go"), "package long\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc BenchmarkLocked(b *testing.B) {\n\tb.SetParallelism(4)\n\tb.RunParallel(func(pb *testing.PB) {\n\t\tfor pb.Next() {\n\t\t\tLocked(func() { time.Sleep(time.Millisecond) })\n\t\t}\n\t})\n}\n");
  const profiled = spawnSync("go", ["test", "-run", "^$", "-bench", ".", "-benchtime", "100x", "-blockprofile", "block.pb.gz", "-mutexprofile", "mutex.pb.gz", "-o", join(scratch, "long.test"), "."], { cwd: long });
  assert.equal(profiled.status, 0, String(profiled.stderr));
  await journey("a long file, and columns of blocked time", ["ui", ".", "--block-profile", "block.pb.gz", "--mutex-profile", "mutex.pb.gz", "--no-browser"], async (page, url) => {
    await page.open(`${url}/ui/code?file=lock.go&l=8`);
    await page.until("document.querySelector('[data-l=\"8\"] .c.blk .n')", "blocked time at the lock");
    assert.match(await page.evaluate(text(".cols")), /blocked ms[^]*mutex ms/);
    assert.ok(await page.evaluate("document.querySelector('[data-l=\"10\"] .c.blk .n')"), "mutex delay at the unlock");
    await page.evaluate("document.querySelector('nav a[href*=flamegraph]').click()");
    await page.until("document.querySelector('canvas[data-drawn]')", "the flame graph of delays");
    assert.match(await page.evaluate(text(".ctl")), /block_delay|mutex_delay/);
    // Twelve thousand lines: few of them are rows, and any can be reached.
    await page.open(`${url}/ui/code?file=long.go&l=6000&z=0`);
    await page.until("document.querySelector('[data-l=\"6000\"].sel')", "a line in the middle");
    const rows = "document.querySelectorAll('#doc .row').length";
    assert.ok((await page.evaluate(rows)) < 1500, `${await page.evaluate(rows)} rows`);
    await page.press("ArrowDown");
    await page.until("document.querySelector('[data-l=\"6001\"].sel')");
    const box = "document.querySelector('.row.sel').getBoundingClientRect().top";
    assert.ok((await page.evaluate(box)) > 80 && (await page.evaluate(box)) < 850, "the line is in sight");
    await page.press("/");
    await page.type("func f599(");
    await page.press("Enter");
    await page.press("n");
    await page.until("document.querySelector('.row.sel .hit')", "a hit at the end");
    // From top to bottom by the wheel's steps: no frame waits long, and every part has its rows.
    const slow = await page.evaluate(`(async () => {
      const scroll = document.querySelector('#scroll');
      const times = [];
      let empty = 0;
      for (let at = 0; at < 60; at++) {
        scroll.scrollTop = at * 400;
        const start = performance.now();
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(performance.now() - start);
        await new Promise((done) => setTimeout(done, 30));
        const middle = document.elementFromPoint(700, 450)?.closest('.row');
        if (!middle) empty++;
      }
      return [times.sort((a, b) => a - b)[30], empty];
    })()`);
    assert.ok(slow[0] < 120, `the median step of the wheel takes ${slow[0]} ms`);
    assert.ok(slow[1] <= 2, `${slow[1]} places without rows`);
    assert.ok((await page.evaluate(rows)) < 2500, "rows that are left behind go");
    assert.deepEqual(await serious(page), []);
  }, { cwd: long });
}

// Two commands that print results, one slower: the comparison at once in the browser.
const results = (time) => `i=0; while [ $i -lt 5 ]; do echo "BenchmarkX<b> 100 $((${time} + i)) ns/op"; i=$((i+1)); done`;
const ab = ["bench", "ab", "--old-cmd", results(1000), "--new-cmd", results(1500), "--rounds", "6", "--ui", "--no-browser"];
await journey("bench ab: its comparison in the browser", ab, async (page, url, server) => {
  assert.match(server.said(), /slower/);
  await page.open(url);
  await page.until("document.querySelector('.item')", "the comparison");
  assert.equal(await page.evaluate("location.pathname"), "/ui/benchmarks");
  assert.match(await page.evaluate(text(".detail")), /slower/);
  assert.ok((await page.evaluate("document.querySelectorAll('.pics circle').length")) >= 12, "every sample");
  assert.ok((await page.evaluate("document.querySelectorAll('.pics line.pair').length")) >= 6, "every round");
  assert.deepEqual(await serious(page), []);
}, { cwd: scratch, ends: 1 });

// Files of results, dropped onto the page.
const benchmarks = (name, time, file) => writeFileSync(join(scratch, file), `pkg: example.com/p\n${Array.from({ length: 8 }, (_, at) => `Benchmark${name} 100 ${time + at} ns/op 64 B/op`).join("\n")}\nBenchmarkSame 100 5 ns/op\n`);
benchmarks("Sort<b>", 1000, "old.txt");
benchmarks("Sort<b>", 1400, "new.txt");
const elsewhere = join(scratch, "results");
mkdirSync(elsewhere);
writeFileSync(join(elsewhere, "go.mod"), "module example.com/p\n\ngo 1.22\n");
writeFileSync(join(elsewhere, "p.go"), "package p\n");
if (spawnSync("go", ["version"]).status === 0) {
  await journey("two files of results compared on the page", ["ui", ".", "--no-browser"], async (page, url) => {
    await page.open(`${url}/ui/benchmarks?tab=comparison`);
    await page.until("document.querySelector('.state')", "how to compare");
    const drop = (names) => page.evaluate(`(() => {
      const transfer = new DataTransfer();
      for (const [name, content] of ${JSON.stringify(names.map((name) => [name, readFileSync(join(scratch, name), "utf8")]))}) transfer.items.add(new File([content], name));
      for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    })()`);
    writeFileSync(join(scratch, "notes.txt"), "no results\n");
    await drop(["notes.txt"]);
    await page.until("/no benchmark results/.test(document.querySelector('.said')?.innerText)", "words for a file without results");
    page.problems.length = 0;
    await drop(["old.txt", "new.txt"]);
    await page.until("document.querySelector('.item')", "the comparison");
    assert.match(await page.evaluate(text(".item")), /Sort<b>[^]*\+39\.\d+%[^]*worse/);
    assert.equal(await page.evaluate("document.querySelectorAll('.pics circle').length"), 16, "every sample of both");
    assert.match(await page.evaluate(text(".detail")), /p=0\.000 n=8[^]*geometric mean/);
    assert.deepEqual(await serious(page), []);
    // The numbers are those of benchstat.
    const stat = spawnSync(goperf, ["benchstat", "old.txt", "new.txt"], { cwd: scratch, encoding: "utf8" }).stdout;
    const delta = /\+39\.\d+%/.exec(stat)?.[0];
    assert.ok(delta && (await page.evaluate(text(".item"))).includes(delta), stat);
    // The link holds both; the other way round it is better.
    await page.open(await page.evaluate("location.href"));
    await page.until("document.querySelector('.item')", "the same link");
    await page.evaluate("[...document.querySelectorAll('.ctl button')].find(it => it.innerText === 'swap').click()");
    await page.until("/better/.test(document.querySelector('.item')?.innerText)", "sides swapped");
  }, { cwd: elsewhere });
}

// A service whose goroutines grow with each look.
let looks = 0;
const service = http.createServer((request, response) => {
  if (!request.url.startsWith("/debug/pprof/goroutine")) {
    response.statusCode = 404;
    return response.end();
  }
  if (/debug=0|goroutine$/.test(request.url)) looks++;
  const one = (id) => `goroutine ${id} [chan send]:\nmain.leaks(...)\n\t/src/m/main.go:20 +0x2f\ncreated by main.serve in goroutine 1\n\t/src/m/main.go:10 +0x45\n\n`;
  response.end("goroutine 1 [running]:\nmain.main()\n\t/src/m/main.go:12 +0x1d\n\n" + Array.from({ length: 5 * looks }, (_, at) => one(at + 7)).join(""));
});
await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
const watched = ["leak", "watch", `127.0.0.1:${service.address().port}`, "--interval", "200ms", "--ui", "--no-browser"];
await journey("leak watch: a page that follows it", watched, async (page, url) => {
  await page.open(url);
  await page.until("document.querySelector('.item')", "a place");
  assert.equal(await page.evaluate("location.pathname"), "/ui/leaks");
  await page.press("/");
  await page.type("main.leaks");
  await page.press("Enter");
  await page.until(`/main\\.leaks/.test(${text(".detail h2")})`, "the place that grows");
  const circles = "document.querySelectorAll('.detail svg circle').length";
  const before = await page.evaluate(circles);
  await page.until(`${circles} > ${before}`, "the next look");
  assert.deepEqual(await serious(page), []);
  await page.until("/LEAK/.test(document.querySelector('.item')?.innerText)", "a finding", 30_000);
}, { cwd: scratch, ends: 1 });
service.close();

const FOREIGN = "document.querySelectorAll('script:not([src]):not([type=\"application/json\"]),iframe,img,b.x,svg script,svg[onload],a[href^=javascript]').length";
/** What acts on the order of text is escaped wherever it is shown. */
const ACTING = "/[\\u001b\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.innerText + document.title)";
const texts = join(scratch, "texts.pb");
writeFileSync(texts, hostileTexts());
for (const profile of [texts, hostile]) {
  if (!profile || !existsSync(profile)) continue;
  await journey(`hostile names stay text, ${basename(profile)}`, [profile], async (page, url) => {
    for (const view of ["flamegraph", "top", "graph", "labels", "peek?f=.", "source?f=.", "disasm?f=.", "flamegraph?mode=sandwich&sel=main.main", `flamegraph?q=${encodeURIComponent(TEXTS[1])}`]) {
      await page.open(`${url}/ui/${view}`);
      await page.until("document.querySelector('header.top')");
      await new Promise((resolve) => setTimeout(resolve, 150));
      // A failed request for a page that has nothing to show is logged as an error, too.
      assert.deepEqual(page.problems.filter((it) => !/status of 4\d\d/.test(it)), [], view);
      assert.equal(await page.evaluate(FOREIGN), 0, `markup in ${view}`);
      assert.equal(await page.evaluate(ACTING), false, `acting characters in ${view}`);
      page.problems.length = 0;
    }
    await page.open(`${url}/ui/flamegraph`);
    await page.until("document.querySelector('canvas[data-drawn]')");
    await page.evaluate("document.querySelector('header.top .what').click()");
    await page.until("document.querySelector('.details')");
    assert.equal(await page.evaluate(ACTING), false, "acting characters in the details");
    const file = await get(`${url}/ui/export`);
    const path = join(scratch, "hostile.html");
    writeFileSync(path, file.body);
    await page.open(pathToFileURL(path).href);
    await page.until("document.querySelector('canvas[data-drawn]')");
  });
}

const deep = join(scratch, "deep.pb");
writeFileSync(deep, beyondMeasure());
await journey("10,000 levels, names of 10 kB, 200 labels", [deep], async (page, url) => {
  await page.open(`${url}/ui/flamegraph`);
  await page.until("document.querySelector('canvas[data-drawn]')");
  await page.evaluate("document.querySelector('.frame canvas').focus()");
  await page.evaluate("document.querySelector('.frame canvas').dispatchEvent(new WheelEvent('wheel', { deltaY: 1e9, bubbles: true, cancelable: true }))");
  const box = await page.evaluate("(() => { const b = document.querySelector('.frame canvas').getBoundingClientRect(); return [b.x, b.y, b.height]; })()");
  // The last levels lie at the lower edge now.
  await page.mouse(box[0] + 60, box[1] + box[2] - 60, { count: 2 });
  await page.until(`Number((${query("zoom")} ?? "").split(/[.:]/)[0]) > 9000`, "a zoom into the last levels");
  assert.ok((await page.evaluate("document.querySelectorAll('#path button').length")) < 20);
  assert.ok((await page.evaluate("document.querySelectorAll('[role=treeitem]').length")) < 120);
  await page.until("Number(document.querySelector('canvas[data-drawn]').dataset.drawn) > 0", "the zoomed frame in sight");
  for (let k = 0; k < 3; k++) await page.press("Escape");
  await page.press("/");
  await page.type("step17");
  await page.until("/frames/.test(document.querySelector('.find .cnt').innerText)", "hits");
  await page.press("Enter");
  await page.press("n");
  await page.until(`/step17/.test(${query("sel")})`, "the next hit");
  for (const [view, mark] of [["top", "table.grid"], ["labels", "section"], ["peek?f=Function1", "table.grid"], ["flamegraph?mode=sandwich&sel=main.main", ".half canvas[data-drawn]"]]) {
    await page.open(`${url}/ui/${view}`);
    await page.until(`document.querySelector(${JSON.stringify(mark)})`, view);
  }
});

await browser.close();
rmSync(scratch, { recursive: true, force: true });
console.log(`journeys: ${passed} went well, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
