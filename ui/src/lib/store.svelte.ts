// The page that is shown, and the way to others. All state that matters stands in the address.

import type { CodeFile, InstructionsData, Page, StructFacts } from "./types.ts";

/** What an exported file holds; the server is asked for nothing then. */
interface Export {
  first?: string;
  /** By view, or by view and sample type: `top:alloc_space`. */
  pages: Record<string, Page>;
  /** What the source page shows, by path. */
  files?: Record<string, CodeFile>;
}

const exported = await unpacked();

export const isExport = exported !== undefined;

async function unpacked(): Promise<Export | undefined> {
  const text = document.getElementById("pages")?.textContent;
  if (!text) return undefined;
  const bytes = Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Export;
}

/** The exported page of an address. */
function exportedPage(view: string, query: URLSearchParams): Page | undefined {
  const page = exported?.pages[`${view}:${query.get("si") ?? ""}`] ?? exported?.pages[view];
  if (page?.view !== "code" || !page.data) return page;
  const file = fileAt(query.get("file") ?? "");
  return file ? { ...page, data: { ...page.data, file } } : page;
}

function fileAt(path: string): CodeFile | undefined {
  const files = exported?.files ?? {};
  return files[path] ?? Object.values(files).find((it) => path !== "" && it.path.endsWith(`/${path}`));
}

function initial(): Page {
  if (exported) {
    const page = exportedPage(currentView(exported.first ?? "flamegraph"), currentQuery()) ?? Object.values(exported.pages)[0];
    if (page) return page;
  }
  const text = document.getElementById("page")?.textContent;
  if (!text) throw new Error("the page has no data");
  return JSON.parse(text) as Page;
}

const GONE = "The server does not answer: goperf was ended, or this machine slept. Start it again and reload.";

class Store {
  page: Page = $state.raw(initial());
  /** The address's query; exported files keep it behind the hash. */
  query: URLSearchParams = $state.raw(currentQuery());
  /** Where a page is being fetched from, after a moment. */
  loading: string = $state("");
  theme: "light" | "dark" = $state("light");
  private pending = 0;
  /** The query of the page that was asked for last, which may be on its way still. */
  private wanted: URLSearchParams = $state.raw(this.query);

  /** A parameter of the address; empty if it is not there. */
  get(name: string): string {
    return this.query.get(name) ?? "";
  }

  /** Fixes can be applied: a server is there, and this page is its own. */
  get mayWrite(): boolean {
    return !isExport && this.page.site === "ui" && this.page.token !== undefined;
  }

  /** A parameter of the page that was asked for last. */
  asked(name: string): string {
    return this.wanted.get(name) ?? "";
  }

  /** Whether an exported file has a page. */
  has(view: string, type = ""): boolean {
    const pages = exported?.pages ?? {};
    return type === "" ? view in pages : `${view}:${type}` in pages || pages[view]?.types.includes(type) === true;
  }

  /** What is known of a source file. */
  async file(path: string): Promise<CodeFile | undefined> {
    if (exported) return fileAt(path);
    const response = await fetch(`/ui/code?file=${encodeURIComponent(path)}`, { headers: { Accept: "application/json" } });
    const page = (await response.json()) as Page;
    return page.view === "code" ? page.data?.file : undefined;
  }

  /** Changes parameters that concern the picture alone; empty ones are taken out. */
  set(changes: Record<string, string>, isStep = false): void {
    const query = changed(this.query, changes);
    this.wanted = this.wanted === this.query ? query : changed(this.wanted, changes);
    this.query = query;
    const address = addressOf(this.page.view, query);
    clearTimeout(this.pending);
    if (isStep) history.pushState(null, "", address);
    // Browsers refuse an address that changes with every step of a key held down.
    else this.pending = window.setTimeout(() => history.replaceState(null, "", address), 60);
  }

  /** Goes to a page, with changed parameters. */
  async go(view: string, changes: Record<string, string> = {}): Promise<void> {
    const query = changed(this.wanted, changes);
    if (exported && !exportedPage(view, query)) return;
    clearTimeout(this.pending);
    history.pushState(null, "", addressOf(view, query));
    await this.load(view, query);
  }

  /** The structs of a source file; none where they cannot be told. */
  async structs(path: string): Promise<StructFacts[]> {
    if (exported) return fileAt(path)?.structs ?? [];
    const response = await fetch(`/ui/layout?file=${encodeURIComponent(path)}`, { headers: { Accept: "application/json" } });
    return response.ok ? ((await response.json()) as StructFacts[]) : [];
  }

  /** The instructions of a source line with the values of a sample type. */
  async instructions(path: string, line: number, type: string): Promise<InstructionsData> {
    const query = new URLSearchParams({ file: path, line: String(line), si: type });
    const response = await fetch(`/ui/instructions?${query}`, { headers: { Accept: "application/json" } });
    return (await response.json()) as InstructionsData;
  }

  /** Shows another part of the same page. */
  show(query: URLSearchParams): void {
    this.query = query;
    this.wanted = query;
  }

  /** Fetches the page that is shown once more; what is selected stays. */
  async refresh(): Promise<void> {
    const view = this.page.view;
    try {
      const response = await fetch(`/ui/${view}${location.search}`, { headers: { Accept: "application/json" } });
      const page = (await response.json()) as Page;
      if (this.page.view === view) this.page = page;
    } catch {
      if (this.page.view === view) this.page = { ...this.page, error: GONE };
    }
  }

  /** Leaves the address as it is now. */
  settle(): void {
    clearTimeout(this.pending);
  }

  async load(view: string, query: URLSearchParams): Promise<void> {
    this.wanted = query;
    if (exported) {
      this.query = query;
      this.page = exportedPage(view, query) ?? this.page;
      return;
    }
    const timer = setTimeout(() => (this.loading = view), 300);
    try {
      const response = await fetch(`/ui/${view}?${query}`, { headers: { Accept: "application/json" } });
      const page = (await response.json()) as Page;
      // Another page was asked for meanwhile.
      if (this.wanted !== query && !sameReport(this.wanted, query)) return;
      this.query = this.wanted;
      this.page = page;
    } catch {
      this.page = { ...this.page, error: GONE };
    } finally {
      clearTimeout(timer);
      this.loading = "";
    }
  }
}

function changed(query: URLSearchParams, changes: Record<string, string>): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

function currentQuery(): URLSearchParams {
  if (!exported) return new URLSearchParams(location.search);
  return new URLSearchParams(location.hash.replace(/^#[a-z]*\??/, ""));
}

function currentView(fallback: string): string {
  if (exported) return /^#([a-z]+)/.exec(location.hash)?.[1] ?? fallback;
  return location.pathname.replace(/^\/ui\//, "");
}

export function addressOf(view: string, query: URLSearchParams): string {
  const text = query.toString();
  const tail = text === "" ? "" : `?${text}`;
  return exported ? `#${view}${tail}` : `/ui/${view}${tail}`;
}

export const store = new Store();

addEventListener("popstate", () => {
  store.settle();
  const query = currentQuery();
  const view = currentView(store.page.view);
  // A step back within the picture needs no new page.
  if (view === store.page.view && sameReport(query, store.query)) store.show(query);
  else void store.load(view, query);
});

/** Parameters of pictures; all others are the server's. */
const OF_PICTURE = new Set(["q", "zoom", "sel", "dir", "hr", "rec", "mode", "color", "group", "col", "theme", "l", "o", "w", "x", "z", "m", "asm", "who", "val", "cols", "i", "r", "rule", "pkg", "tab", "u", "state"]);

function sameReport(a: URLSearchParams, b: URLSearchParams): boolean {
  const part = (query: URLSearchParams): string =>
    [...query].filter(([name]) => !OF_PICTURE.has(name)).map((it) => it.join("=")).sort().join("&");
  return part(a) === part(b);
}

/** Options that narrow what a page shows, with the names that pprof's menu gives them. */
export const FILTERS: [parameter: string, label: string][] = [
  ["f", "focus"],
  ["i", "ignore"],
  ["h", "hide"],
  ["s", "show"],
  ["sf", "show from"],
  ["prunefrom", "prune from"],
  ["tf", "label"],
  ["ti", "not label"],
  ["ts", "show label"],
  ["th", "hide label"],
  ["tagroot", "label as root"],
  ["tagleaf", "label as leaf"],
];

function startTheme(): void {
  const wanted = store.get("theme") || localStorageGet("theme");
  const dark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  store.theme = dark ? "dark" : "light";
  document.documentElement.dataset["t"] = store.theme;
}

function localStorageGet(name: string): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function flipTheme(): void {
  store.theme = store.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset["t"] = store.theme;
  store.set({ theme: store.theme });
  try {
    localStorage.setItem("theme", store.theme);
  } catch {
    // Without storage the choice lasts as long as the address.
  }
}

startTheme();
