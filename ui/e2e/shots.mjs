// Screenshots: node e2e/shots.mjs GOPERF FOLDER NAME=PATH… -- ARGS… . Each in both themes, at the widths of SIZES.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";

const [goperf, folder, ...rest] = process.argv.slice(2);
const cut = rest.indexOf("--");
const sizes = (process.env.SIZES ?? "1440x900").split(",").map((it) => it.split("x").map(Number));
const themes = (process.env.THEMES ?? "light,dark").split(",");
mkdirSync(folder, { recursive: true });
const server = await serve(goperf, rest.slice(cut + 1));
const browser = await launch();
try {
  for (const shot of rest.slice(0, cut)) {
    const [, name, path, script] = /^(\w[\w-]*)=([^|]*)\|?(.*)$/s.exec(shot);
    for (const theme of themes) {
      for (const [width, height] of sizes) {
        const page = await browser.page(width, height);
        await page.open(`${server.url}${path}${path.includes("?") ? "&" : "?"}theme=${theme}`);
        await page.until("document.querySelector('header.top')");
        if (script) await page.evaluate(script);
        await new Promise((resolve) => setTimeout(resolve, 350));
        const file = join(folder, `${name}-${theme}-${width}.png`);
        writeFileSync(file, await page.screenshot());
        console.log(file, page.problems.length === 0 ? "" : page.problems.join("\n"));
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
