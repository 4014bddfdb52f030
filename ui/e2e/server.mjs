// A goperf that serves a page.

import { spawn } from "node:child_process";

/** Starts `goperf ARGS…` and waits for the address that it prints. */
export async function serve(goperf, args, options = {}) {
  const process = spawn(goperf, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let said = "";
  const url = await new Promise((resolve, reject) => {
    const see = (chunk) => {
      said += chunk;
      const found = /https?:\/\/[\w.:[\]-]+/.exec(said.slice(said.indexOf("Serving")));
      if (said.includes("Serving") && found) resolve(found[0]);
    };
    process.stdout.on("data", see);
    process.stderr.on("data", see);
    process.once("exit", (code) => reject(new Error(`goperf ended with ${code}: ${said}`)));
  });
  return {
    url,
    process,
    said: () => said,
    /** Ends it as Ctrl-C does; the exit code. */
    stop: () =>
      new Promise((resolve) => {
        if (process.exitCode !== null) return resolve(process.exitCode);
        process.once("exit", (code, signal) => resolve(code ?? signal));
        process.kill("SIGINT");
      }),
  };
}
