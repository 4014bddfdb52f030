// A browser over Chromium's debugging pipe: no library, no port.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const BUNDLE = process.env.DIST ? [{ urlPattern: "*/ui/assets/*" }] : [];

/** A started Chromium; `page()` opens a tab. */
export async function launch() {
  const profile = mkdtempSync(join(tmpdir(), "goperf-chromium-"));
  const flags = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio", "--hide-scrollbars",
    "--force-color-profile=srgb", `--user-data-dir=${profile}`, "about:blank",
  ];
  const chromium = spawn(CHROMIUM, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [input, output] = [chromium.stdio[3], chromium.stdio[4]];
  const waiting = new Map();
  const listeners = new Set();
  let buffer = "";
  let last = 0;
  output.setEncoding("utf8");
  output.on("data", (chunk) => {
    buffer += chunk;
    for (let end = buffer.indexOf("\0"); end >= 0; end = buffer.indexOf("\0")) {
      const message = JSON.parse(buffer.slice(0, end));
      buffer = buffer.slice(end + 1);
      if (message.id === undefined) for (const listener of listeners) listener(message);
      else {
        const { resolve, reject, method } = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error) reject(new Error(`${method}: ${message.error.message}`));
        else resolve(message.result);
      }
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject, method });
      input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return {
    page: (width = 1440, height = 900) => newPage(send, listeners, width, height),
    close: async () => {
      const ended = new Promise((resolve) => chromium.once("exit", resolve));
      // Asked to close, it ends its children first; they write to the folder until then.
      send("Browser.close").catch(() => {});
      const impatient = setTimeout(() => chromium.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(impatient);
      await remove(profile);
    },
  };
}

/** Removes a folder that processes may still write to for a moment. */
async function remove(folder) {
  for (let turn = 0; turn < 50; turn++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  console.log(`left behind: ${folder}`);
}

async function newPage(send, listeners, width, height) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  /** What went wrong on the page: exceptions, console errors, violations of the content policy, requests to elsewhere. */
  const problems = [];
  let loaded = () => {};
  listeners.add(({ sessionId: from, method, params }) => {
    if (from !== sessionId) return;
    if (method === "Page.loadEventFired") loaded();
    if (method === "Runtime.exceptionThrown") {
      problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    }
    if (method === "Runtime.consoleAPICalled" && params.type === "error") {
      problems.push(params.args.map((it) => it.value ?? it.description).join(" "));
    }
    if (method === "Log.entryAdded" && params.entry.level === "error") problems.push(params.entry.text);
    if (method === "Page.javascriptDialogOpening") {
      problems.push(`dialog: ${params.message}`);
      void call("Page.handleJavaScriptDialog", { accept: true });
    }
  });
  for (const domain of ["Page", "Runtime", "Log", "Network", "Accessibility"]) await call(`${domain}.enable`);
  // While the bundle is worked on: `dist/` instead of what goperf has embedded.
  if (process.env.DIST) {
    listeners.add(({ sessionId: from, method, params }) => {
      if (from !== sessionId || method !== "Fetch.requestPaused") return;
      const { pathname } = new URL(params.request.url);
      if (!pathname.startsWith("/ui/assets/")) return;
      const name = pathname.split("/").pop();
      const contentType = name.endsWith(".js") ? "text/javascript" : "text/css";
      void call("Fetch.fulfillRequest", {
        requestId: params.requestId,
        responseCode: 200,
        responseHeaders: [{ name: "content-type", value: contentType }],
        body: readFileSync(join(process.env.DIST, name)).toString("base64"),
      });
    });
    await call("Fetch.enable", { patterns: BUNDLE });
  }
  const resize = (w, h) => call("Emulation.setDeviceMetricsOverride", { width: w, height: h, deviceScaleFactor: 1, mobile: false });
  await resize(width, height);

  async function evaluate(expression) {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${exceptionDetails.exception?.description ?? exceptionDetails.text}\n  in ${expression}`);
    return result.value;
  }

  /** Waits until an expression is true. */
  async function until(expression, what = expression, milliseconds = 10_000) {
    const end = Date.now() + milliseconds;
    while (Date.now() < end) {
      if (await evaluate(`!!(${expression})`).catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`not within ${milliseconds} ms: ${what}; the page says: ${await evaluate("document.body?.innerText.slice(0, 400)")}`);
  }

  /** Answers requests for a page with a text, until what is done is done. */
  async function replace(urlPattern, html, act) {
    const body = Buffer.from(html).toString("base64");
    const answer = ({ sessionId: from, method, params }) => {
      if (from !== sessionId || method !== "Fetch.requestPaused" || params.resourceType !== "Document") return;
      void call("Fetch.fulfillRequest", {
        requestId: params.requestId,
        responseCode: 200,
        responseHeaders: [{ name: "content-type", value: "text/html; charset=utf-8" }],
        body,
      });
    };
    listeners.add(answer);
    await call("Fetch.enable", { patterns: [{ urlPattern, resourceType: "Document" }, ...BUNDLE] });
    await act();
    listeners.delete(answer);
    await (BUNDLE.length > 0 ? call("Fetch.enable", { patterns: BUNDLE }) : call("Fetch.disable"));
  }

  const KEYS = { Enter: ["\r", 13], Escape: ["", 27], ArrowUp: ["", 38], ArrowDown: ["", 40], ArrowLeft: ["", 37], ArrowRight: ["", 39], Tab: ["", 9] };
  async function press(key) {
    const [text, code] = KEYS[key] ?? [key, /\w/.test(key) ? key.toUpperCase().charCodeAt(0) : 0];
    const event = { key, text, unmodifiedText: text, windowsVirtualKeyCode: code };
    await call("Input.dispatchKeyEvent", { type: text === "" ? "rawKeyDown" : "keyDown", ...event });
    await call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async function mouse(x, y, { button = "left", count = 1 } = {}) {
    await call("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    for (let clicks = 1; clicks <= count; clicks++) {
      await call("Input.dispatchMouseEvent", { type: "mousePressed", x, y, button, clickCount: clicks });
      await call("Input.dispatchMouseEvent", { type: "mouseReleased", x, y, button, clickCount: clicks });
    }
  }

  return {
    problems,
    call,
    /** Only the page in front draws. */
    front: () => call("Page.bringToFront"),
    evaluate,
    until,
    press,
    mouse,
    resize,
    replace,
    /** Goes to an address; what went wrong before is forgotten. */
    async open(url) {
      problems.length = 0;
      const done = new Promise((resolve) => (loaded = resolve));
      const { errorText } = await call("Page.navigate", { url });
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await done;
    },
    async type(text) {
      for (const key of text) await press(key);
    },
    /** Clicks in the middle of the first element that matches. */
    async click(selector, options) {
      const box = await evaluate(`(() => { const it = document.querySelector(${JSON.stringify(selector)}); if (!it) return null; it.scrollIntoView({block: "nearest"}); const b = it.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`);
      if (!box) throw new Error(`nothing matches ${selector}`);
      await mouse(box[0], box[1], options);
    },
    async hover(x, y) {
      await call("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    },
    async screenshot() {
      const { data } = await call("Page.captureScreenshot", { format: "png" });
      return Buffer.from(data, "base64");
    },
    offline: () => call("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 }),
    close: () => send("Target.closeTarget", { targetId }),
  };
}
