// Rows of a long file in groups: those out of sight are empty boxes of the same height, so that the page of a file of any
// length has no more rows than a window or two.
import type { Row } from "./facts.ts";

/** Shorter files are one group. */
const LONG = 2000;
/** A group ends at the first function after so many rows, or in the middle of one that is longer than twice as many. */
const ROWS = 100;
/** In pixels, with margins; what is opened below a line is measured. */
const HEIGHT: Record<Row["kind"], number> = { line: 20, fold: 20, function: 32 };

export interface Group {
  /** Of its first row. */
  key: string;
  rows: Row[];
  /** The first and last line. */
  from: number;
  to: number;
  /** In pixels, if nothing is opened. */
  height: number;
}

export const keyOf = (row: Row): string => row.kind + row.line;
const lastOf = (row: Row): number => (row.kind === "fold" ? row.to : row.line);

export function groupsOf(rows: Row[]): Group[] {
  const groups: Group[] = [];
  let current: Group | undefined;
  for (const row of rows) {
    const n = current?.rows.length ?? 0;
    if (!current || (rows.length > LONG && (n >= 2 * ROWS || (n >= ROWS && row.kind !== "line")))) {
      current = { key: keyOf(row), rows: [], from: row.line, to: row.line, height: 0 };
      groups.push(current);
    }
    current.rows.push(row);
    current.to = lastOf(row);
    current.height += HEIGHT[row.kind];
  }
  return groups;
}

/** The groups that hold a range of lines. */
export function groupsWith(groups: Group[], from: number, to: number): Group[] {
  return groups.filter((it) => it.from <= to && it.to >= from);
}
