// Ranges of captures: what is shown and what it is compared with, as addresses have them.

export interface Range {
  /** Positions among the captures, in order of time. */
  from: number;
  to: number;
}

/** The parameter of an address for a range: a number, or two with a dash. */
export function textOf(ids: number[], { from, to }: Range): string {
  return from === to ? String(ids[from]) : `${ids[from]}-${ids[to]}`;
}

/** The range that a parameter means; `undefined` if its captures are not there (any more). */
export function rangeOf(ids: number[], text: string): Range | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  const from = ids.findIndex((it) => it >= first);
  const to = ids.findLastIndex((it) => it <= last);
  return from >= 0 && to >= from && (match[2] !== undefined || ids[from] === first) ? { from, to } : undefined;
}

/** The range moved by so many captures, as far as there are any; its length stays. */
export function moved(range: Range, by: number, n: number): Range {
  const step = Math.max(-range.from, Math.min(n - 1 - range.to, by));
  return { from: range.from + step, to: range.to + step };
}

/** The range with its end moved. */
export function grown(range: Range, by: number, n: number): Range {
  return { from: range.from, to: Math.max(range.from, Math.min(n - 1, range.to + by)) };
}

/** The range of the same length before another one, as far as there is one. */
export function before(range: Range): Range | undefined {
  if (range.from === 0) return undefined;
  return { from: Math.max(0, range.from - (range.to - range.from + 1)), to: range.from - 1 };
}
