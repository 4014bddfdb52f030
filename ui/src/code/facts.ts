// What is known of a file, by line; and the rows that the source page makes of it.

import type { Hue } from "../lib/hues.ts";
import type { CallMark, CodeFile, Finding, FunctionFacts, HeapMark, Resource } from "../lib/types.ts";

export interface Measured {
  own: number[];
  cum: number[];
}

export interface FileFacts {
  file: CodeFile;
  /** The text of each line, from 1. */
  text: string[];
  measured: Map<number, Measured>;
  heap: Map<number, HeapMark[]>;
  calls: Map<number, CallMark[]>;
  findings: Map<number, Finding[]>;
  functions: Map<number, FunctionFacts>;
  /** The largest total of each column, which bars are drawn to. */
  scale: number[];
  /** The largest own value of a line, by column. */
  hottest: number[];
}

export function factsOf(file: CodeFile): FileFacts {
  const text = ["", ...file.text.split("\n")];
  if (text.at(-1) === "") text.pop();
  const measured = new Map<number, Measured>();
  const n = file.lines[0]?.[1].length ?? file.functions[0]?.own.length ?? 0;
  const scale = new Array<number>(n).fill(1);
  const hottest = new Array<number>(n).fill(1);
  for (const [line, own, cum] of file.lines) {
    measured.set(line, { own, cum });
    own.forEach((value, i) => (hottest[i] = Math.max(hottest[i]!, value)));
    cum.forEach((value, i) => (scale[i] = Math.max(scale[i]!, value)));
  }
  for (const it of file.functions) it.cum.forEach((value, i) => (scale[i] = Math.max(scale[i]!, value)));
  return {
    file,
    text,
    measured,
    heap: grouped(file.heap),
    calls: grouped(file.calls),
    findings: grouped(file.findings),
    functions: new Map(file.functions.map((it) => [it.from, it])),
    scale,
    hottest,
  };
}

function grouped<T extends { line: number }>(items: T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.line);
    if (group) group.push(item);
    else groups.set(item.line, [item]);
  }
  return groups;
}

export type Row =
  | { kind: "function"; line: number; fn: FunctionFacts }
  | { kind: "fold"; line: number; to: number; key: string; words: string }
  | { kind: "line"; line: number };

/** The rows of a file. Functions that no profile saw are one row each, unless they were opened. */
export function rowsOf(facts: FileFacts, folds: boolean, opened: Set<string>): Row[] {
  const rows: Row[] = [];
  const isMeasured = facts.measured.size > 0;
  for (let line = 1; line < facts.text.length; line++) {
    const text = facts.text[line]!;
    if (folds && text.startsWith("import (") && !opened.has("fold:imports")) {
      let to = line;
      while (to < facts.text.length - 1 && facts.text[to] !== ")") to++;
      rows.push({ kind: "fold", line, to, key: "fold:imports", words: `${to - line - 1} lines` });
      line = to;
      continue;
    }
    const fn = facts.functions.get(line);
    if (fn) {
      const key = `fold:${line}`;
      const isCold = fn.cum.every((it) => it === 0) && fn.own.every((it) => it === 0);
      const hasFinding = [...facts.findings.keys()].some((it) => it >= fn.from && it <= fn.to);
      if (folds && isMeasured && isCold && !hasFinding && fn.to - fn.from > 2 && !opened.has(key)) {
        rows.push({ kind: "fold", line, to: fn.to, key, words: `${fn.to - fn.from} lines · no samples` });
        line = fn.to;
        continue;
      }
      rows.push({ kind: "function", line, fn });
    }
    rows.push({ kind: "line", line });
  }
  return rows;
}

/** A column in bytes, from 1, as an index into a line's text. */
export function indexOf(text: string, col: number): number {
  let bytes = 1;
  let index = 0;
  for (const character of text) {
    if (bytes >= col) break;
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += character.length;
  }
  return index;
}

/** The operand that a position means: gc points to operators and parentheses, people look at names. */
export function tokenAt(text: string, col: number): { from: number; to: number } {
  const at = indexOf(text, col);
  const head = text[at] ?? "";
  if (/[=({[.:<\-,+|&]/.test(head) && !/^[&*]\w/.test(text.slice(at))) {
    const before = /[\w.\]]+\s*:?$/.exec(text.slice(0, at));
    if (before) {
      const from = before.index;
      return { from, to: from + before[0].replace(/\s*:?$/, "").length };
    }
  }
  const match = /^[&*]?[\p{L}_][\p{L}\p{N}_.]*/u.exec(text.slice(at)) ?? /^\S+/.exec(text.slice(at));
  return { from: at, to: at + (match?.[0].length ?? 1) };
}

export interface FlowStep {
  line: number;
  from: number;
  to: number;
  words: string;
  /** Steps of one line share a number. */
  number: number;
}

/** The steps of a flow that lie in this file, from the value on. */
export function flowSteps(facts: FileFacts, mark: HeapMark): FlowStep[] {
  const steps: FlowStep[] = [];
  const add = (line: number, col: number, words: string): void => {
    const text = facts.text[line];
    if (text === undefined || line < 1) return;
    const { from, to } = tokenAt(text, col);
    const last = steps.at(-1);
    if (last && last.line === line && last.from === from) {
      if (!last.words.includes(words)) last.words += `, ${words}`;
      return;
    }
    steps.push({ line, from, to, words, number: last ? (last.line === line ? last.number : last.number + 1) : 1 });
  };
  add(mark.line, mark.col, plain(mark.words));
  for (const step of mark.steps) if (step.file === null) add(step.line, step.col, plain(step.what));
  return steps;
}

/** A sentence without its backticks. */
export function plain(words: string): string {
  return words.replaceAll("`", "");
}

export const HUES: Record<Resource["type"], Hue> = {
  cpu: "cpu",
  alloc_space: "mem",
  inuse_space: "mem",
  alloc_objects: "obj",
  inuse_objects: "obj",
  block_delay: "blk",
  mutex_delay: "blk",
};

const NAMES: Record<Resource["type"], string> = {
  cpu: "CPU",
  alloc_space: "alloc",
  alloc_objects: "objects",
  inuse_space: "in use",
  inuse_objects: "live objects",
  block_delay: "blocked",
  mutex_delay: "mutex",
};

export const nameOf = (resource: Resource): string => NAMES[resource.type];

/** The unit of a column, and how its numbers are printed: one unit for all of them. */
export function columnUnit(resource: Resource): { name: string; by: number; digits: number } {
  const { unit, total } = resource;
  if (unit === "nanoseconds") return total >= 1e12 ? { name: "s", by: 1e9, digits: 1 } : total >= 2e7 ? { name: "ms", by: 1e6, digits: 0 } : { name: "µs", by: 1e3, digits: 1 };
  if (unit === "bytes") {
    return total >= 2 ** 27 ? { name: "MB", by: 2 ** 20, digits: 1 } : { name: "kB", by: 2 ** 10, digits: 1 };
  }
  return total >= 100_000 ? { name: "k", by: 1000, digits: 1 } : { name: "", by: 1, digits: 0 };
}

/** A number of a column: empty for nothing, a dot for less than can be printed. */
export function columnText(resource: Resource, value: number): string {
  if (value === 0) return "";
  const { by, digits } = columnUnit(resource);
  const scaled = value / by;
  if (Math.abs(scaled) < (digits > 0 ? 0.05 : 0.5)) return "·";
  return scaled.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A share in few digits: `23%`, `4.2%`, `0.08%`. */
export function shortShare(part: number, whole: number): string {
  if (whole === 0) return "";
  const percent = (100 * part) / whole;
  return `${percent >= 9.95 ? percent.toFixed(0) : percent >= 0.95 ? percent.toFixed(1) : percent.toFixed(percent < 0.1 && percent > 0 ? 2 : 1)}%`;
}
