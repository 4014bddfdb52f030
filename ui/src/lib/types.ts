// The JSON of the server's pages (`crates/server`), as it is.

/** A value, its label and its share of the total, as the command line prints them. */
export type Labelled = [value: number, label: string, share: string];

export interface Header {
  file: string;
  type: string;
  doc: string;
  lines: string[];
}

/** How values are printed: from a unit, to a unit, after a multiplication. */
export interface Scale {
  unit: string;
  to: string;
  ratio: number;
  total: number;
}

export interface Report {
  header: Header;
  scale: Scale;
}

/** Frames as columns, callers before callees. */
export interface FlameData extends Report {
  names: string[];
  files: string[];
  /** The position of each name's file. */
  f: number[];
  /** What all values were divided by. */
  by: number;
  /** Twice the name's position, and 1 more where all calls were inlined. */
  n: number[];
  /** How many levels lie between the frame before and the caller of this one. */
  d: number[];
  v: number[];
  s: number[];
  ov?: number[];
  os?: number[];
  /** Frames of a smaller share of the total are not here. */
  leastShare: number;
  /** There are such frames. */
  isCut: boolean;
}

export interface Entry {
  name: string;
  function: string;
  file: string;
  line: number;
  flat: Labelled;
  cum: Labelled;
}

export interface Shown {
  flat: number;
  nodes: number;
  before: number;
  dropped: number;
}

export interface TopData extends Report {
  filters: string[];
  shown: Shown;
  rows: (Entry & { inlined: string })[];
}

export interface GraphData extends Report {
  filters: string[];
  shown: Shown;
  nodes: Entry[];
  svg: string;
}

export interface Neighbour {
  name: string;
  weight: Labelled;
  share: string;
  inlined: boolean;
}

export interface PeekData extends Report {
  shown: Shown;
  entries: (Entry & { callers: Neighbour[]; callees: Neighbour[] })[];
  more: number;
}

export interface Code {
  gap?: boolean;
  depth: number;
  inlined?: string;
  address?: string;
  text?: string;
  place?: string;
  flat?: string;
  cum?: string;
}

export interface SourceLine {
  n: number;
  text: string;
  flat: Labelled;
  cum: Labelled;
  code: Code[];
}

export interface SourceData extends Report {
  files: {
    path: string;
    functions: { name: string; flat: Labelled; cum: Labelled; lines: SourceLine[] }[];
  }[];
  more: number;
}

export interface DisasmData extends Report {
  problems: string[];
  routines: {
    name: string;
    flat: Labelled;
    cum: Labelled;
    lines: { address: string; text: string; place: string; flat: Labelled; cum: Labelled }[];
  }[];
  more: number;
}

export interface LabelsData extends Report {
  keys: { key: string; total: Labelled; values: [name: string, value: Labelled][]; more: number }[];
}

interface PageOf<View extends string, Data> {
  site: "pprof" | "ui";
  view: View;
  title: string;
  sources: string[];
  types: string[];
  /** Options that differ from the defaults, by their names in addresses. */
  parameters: Record<string, string>;
  saved: { name: string; query: string }[];
  remarks: string[];
  error?: string;
  data?: Data;
  /** Of `goperf ui`: what is looked at, how many findings there are, and what proves this page to the server. */
  work?: string;
  findings?: number;
  token?: string;
  /** Profiles that came after the one of the command line. */
  pool?: PoolEntry[];
  /** Samples have labels. */
  hasLabels?: boolean;
  /** The profile is that of a running service, which can be asked again. */
  live?: boolean;
  /** When the profile of the command line came, in milliseconds since 1970, and its totals by type. */
  started?: number;
  ownTotals?: Record<string, [value: number, label: string]>;
  /** Pages besides those of profiles. */
  views?: string[];
}

export type Page =
  | PageOf<"flamegraph", FlameData>
  | PageOf<"top", TopData>
  | PageOf<"graph", GraphData>
  | PageOf<"labels", LabelsData>
  | PageOf<"peek", PeekData>
  | PageOf<"source", SourceData>
  | PageOf<"disasm", DisasmData>
  | PageOf<"code", CodeData>
  | PageOf<"findings", FindingsData>
  | PageOf<"leaks", LeaksData>
  | PageOf<"benchmarks", BenchmarksData>
  | PageOf<"contracts", ContractsData>
  | PageOf<"error", never>;

export type View = Page["view"];

/** A profile that was dropped onto the page, or captured. */
export interface PoolEntry {
  id: number;
  name: string;
  isCapture: boolean;
  /** Milliseconds since 1970. */
  at: number;
  totals: Record<string, [value: number, label: string]>;
}

/** A resource that profiles measured. */
export interface Resource {
  type: "cpu" | "alloc_space" | "alloc_objects" | "inuse_space" | "inuse_objects" | "block_delay" | "mutex_delay";
  unit: string;
  total: number;
  label: string;
}

export interface Verdict {
  can?: boolean;
  cost?: number | null;
  budget?: number;
  why?: string;
}

export interface FunctionFacts {
  name: string;
  from: number;
  to: number;
  verdict: Verdict | null;
  own: number[];
  cum: number[];
}

export interface HeapMark {
  line: number;
  col: number;
  subject: string;
  words: string;
  steps: { line: number; col: number; what: string; file: string | null }[];
  end: string | null;
}

export type Fate = "inlined" | "devirt" | "static" | "dynamic";

export interface CallMark {
  line: number;
  /** Columns in bytes, from 1. */
  from: number;
  to: number;
  name: string;
  fate: Fate;
  devirt: string | null;
  cost: number | null;
  why: string | null;
  target: [path: string, line: number] | null;
  /** What profiles measured below this call, by line of the callee; missing without samples. */
  here?: { own: number[]; cum: number[]; lines: [line: number, own: number[], cum: number[]][] };
}

/** The instructions of a line. */
export interface InstructionsData {
  /** Base name of the program that was measured. */
  binary: string;
  type: string;
  /** Why there are none. */
  problem: string | null;
  code: Code[];
}

export interface Finding {
  index: number;
  rule: string;
  name: string;
  severity: string;
  message: string;
  path: string;
  line: number;
  col: number;
  function: string | null;
  package: string | null;
  score: number;
  values: number[];
  evidence: string[];
  notes: { kind: string; text: string }[];
  also: { path: string; line: number; message: string }[];
  fix: { title: string; safe: boolean; diff: [sign: string, text: string][]; applied: boolean } | null;
}

/** A struct of a file: its fields in order, with what the compiler leaves between them. */
export interface StructFacts {
  name: string;
  line: number;
  /** In bytes, with all padding. */
  size: number;
  /** Bytes of heap that one object takes. */
  class: number;
  padding: number;
  fields: { name: string; offset: number; size: number; hasPointer: boolean; padding: number }[];
  better: { size: number; class: number; order: string[]; why: string; kept: string[] } | null;
}

export interface CodeFile {
  /** Not there until it is asked for: types have to be checked first. */
  structs?: StructFacts[];
  path: string;
  package: string;
  text: string;
  lines: [line: number, own: number[], cum: number[]][];
  functions: FunctionFacts[];
  heap: HeapMark[];
  calls: CallMark[];
  findings: Finding[];
}

export interface CodeData {
  resources: Resource[];
  files: { path: string; own: number[] }[];
  file: CodeFile;
}

export interface FindingsData {
  resources: Resource[];
  findings: Finding[];
  about: string[];
  unbacked: number;
  packages: number;
}

/** Goroutines of one place. */
export interface GoroutineGroup {
  verdict: string;
  state: string;
  what: string;
  created: string | null;
  frames: [name: string, file: string, line: number][];
  count: number;
  minutes: number;
  hint: string | null;
  /** The test that left them behind. */
  test: string | null;
  /** The findings of the source that explain them. */
  explainedBy: number[];
}

/** One place of a service that is watched. */
export interface WatchedSite extends Omit<GoroutineGroup, "count" | "minutes" | "hint" | "test" | "explainedBy"> {
  key: string;
  counts: number[];
  perMinute: number;
  isFinding: boolean;
  survivors: number | null;
  /** Seconds after the start at which it was found. */
  since: number | null;
}

export interface LeaksData {
  check: { packages: number; functions: number; cut: number; broken: string[] } | null;
  error: string | null;
  findings: Finding[];
  seen: { name: string; total: number; /** Goroutines by state, as the runtime prints it. */ states: Record<string, number>; groups: GoroutineGroup[] }[];
  watch: {
    /** Seconds between looks. */
    interval: number;
    isOver: boolean;
    services: { url: string; note: string | null; isDown: boolean; looks: number; total: number; restarts: number; times: number[]; sites: WatchedSite[] }[];
  } | null;
}

type Tone = "better" | "worse" | "";

export interface ComparedRow {
  package: string;
  name: string;
  /** As the command line prints them. */
  fields: string[];
  tone: Tone;
  samples: [old: number[], next: number[]];
  labels: [old: string[], next: string[]];
  medians: [old: number | null, next: number | null];
  rounds: [old: number, next: number][];
  causes: string[];
}

export interface HistorySeries {
  benchmark: string;
  unit: string;
  last: string | null;
  points: [commit: string, recorded: string, value: number, text: string][];
  changes: { index: number; text: string; tone: Tone }[];
}

export interface BenchmarksData {
  comparison: { old: string; new: string; /** As `benchstat` compares files; otherwise of runs in turns. */ isOfFiles?: boolean; tables: { unit: string; header: string[]; rows: ComparedRow[] }[]; notes: string[] } | null;
  history: { store: string; series: HistorySeries[] } | null;
  /** Files that were brought to the page. */
  files?: { id: number; name: string; results: number }[];
}

/** A promise in a comment. */
export interface WrittenPromise {
  path: string;
  line: number;
  /** The code that it belongs to. */
  subject: string;
  text: string;
  /** It excuses what another one would forbid. */
  isExcuse: boolean;
  broken: { index: number; message: string; path: string; line: number }[];
}

export interface ContractsData {
  promises: WrittenPromise[];
}
