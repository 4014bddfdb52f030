// Profiles besides the one of the command line: dropped, opened or captured; and what is being done with them.

import { isExport, store } from "./store.svelte.ts";

/** Most bytes of a file of benchmark results that the server takes. */
const MOST_RESULTS = 16 * 2 ** 20;
/** Most bytes of a profile that it takes. */
const MOST = 64 * 2 ** 20;
const OF_PROFILE = ["flamegraph", "top", "graph", "peek", "source", "disasm"];

class Pool {
  /** What went wrong, in words. */
  said = $state("");
  /** What goes on. */
  busy = $state("");
  /** A file is held above the page. */
  isOver = $state(false);
  input: HTMLInputElement | undefined;

  /** Whether the page can take profiles: its server has some, and lets it. */
  get takes(): boolean {
    return !isExport && store.page.pool !== undefined && store.page.token !== undefined;
  }

  pick(): void {
    this.input?.click();
  }

  /** Sends a profile to the server and compares what is shown with it. */
  async open(files: FileList | null | undefined): Promise<void> {
    const file = files?.[0];
    if (!file || !this.takes || this.busy) return;
    if (files.length > 1) return this.fail(`${files.length} files at once: drop one profile, which becomes the base.`);
    if (file.size > MOST) return this.fail(`${file.name} has ${Math.round(file.size / 2 ** 20)} MB; at most ${MOST / 2 ** 20} MB are taken. Start goperf with it as -diff_base instead.`);
    await this.ask(`Reading ${file.name}`, `/ui/profiles?name=${encodeURIComponent(file.name)}`, file, (id) => ({ base: String(id) }));
  }

  /** Fetches the profile of the running service once more, and shows it if it is followed. */
  async capture(follows = true): Promise<void> {
    if (!this.takes || this.busy) return;
    await this.ask("Capturing", "/ui/capture", null, (id) => (follows ? { p: String(id), base: "" } : undefined));
  }

  /** Files of benchmark results can be brought. */
  get takesResults(): boolean {
    return !isExport && store.page.view === "benchmarks" && store.page.token !== undefined;
  }

  /** Sends files of results to the server: two are old and new, one is the side that is asked for, or the one that is missing. */
  async openResults(files: FileList | null | undefined, side: "old" | "new" | "" = ""): Promise<void> {
    const all = [...(files ?? [])];
    if (all.length === 0 || !this.takesResults || this.busy) return;
    if (all.length > 2) return this.fail(`${all.length} files at once: drop one or two, old and new.`);
    const sides = all.length === 2 ? ["old", "new"] : [side || (store.get("old") === "" ? "old" : "new")];
    const changes: Record<string, string> = { tab: "comparison", i: "", u: "", l: "" };
    for (const [index, file] of all.entries()) {
      if (file.size > MOST_RESULTS) return this.fail(`${file.name} has ${Math.round(file.size / 2 ** 20)} MB; at most ${MOST_RESULTS / 2 ** 20} MB are taken.`);
      const id = await this.send(`Reading ${file.name}`, `/ui/results?name=${encodeURIComponent(file.name)}`, file);
      if (id === undefined) return;
      changes[sides[index]!] = String(id);
    }
    await store.go("benchmarks", changes);
  }

  private async ask(what: string, address: string, body: BodyInit | null, then: (id: number) => Record<string, string> | undefined): Promise<void> {
    const id = await this.send(what, address, body);
    if (id === undefined) return;
    const view = OF_PROFILE.includes(store.page.view) ? store.page.view : "flamegraph";
    const changes = then(id);
    await (changes ? store.go(view, changes) : store.refresh());
  }

  /** The number under which the server keeps what it was sent; without one it says why. */
  private async send(what: string, address: string, body: BodyInit | null): Promise<number | undefined> {
    this.busy = what;
    this.said = "";
    try {
      const response = await fetch(address, { method: "POST", body, headers: { "x-goperf-token": store.page.token ?? "" } });
      if (!response.ok) {
        this.fail(await response.text());
        return undefined;
      }
      return ((await response.json()) as { id: number }).id;
    } catch {
      this.fail("The server does not answer: goperf was ended, or this machine slept. Start it again and reload.");
      return undefined;
    } finally {
      this.busy = "";
    }
  }

  private fail(text: string): void {
    this.said = text;
  }
}

export const pool = new Pool();

/** A profile's name and time, as a list has it. */
export function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}
