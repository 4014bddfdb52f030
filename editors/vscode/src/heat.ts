// What lines cost in the attached profiles, as bands behind them and marks in the ruler beside the scroll bar.

/** A line of the answer to `goperf/heat`. */
export interface HeatLine {
  /** From 0. */
  line: number;
  /** Of the resource that it takes most of; from 0 to 1. */
  share: number;
  /** As `12% CPU · 3.1 MB`. */
  label: string;
  /** Markdown. */
  tooltip: string;
}

/** How a line looks: the least share of a level, and how much of the color it shows. */
export interface Level {
  from: number;
  /** Of the band; from 0 to 1. */
  opacity: number;
  /** Lines of the level are marked in the ruler. */
  isMarked: boolean;
}

/** From cold to hot. A line with its callees takes 1 % at least, or the server says nothing of it. */
export const LEVELS: Level[] = [
  { from: 0, opacity: 0.05, isMarked: false },
  { from: 0.03, opacity: 0.09, isMarked: false },
  { from: 0.1, opacity: 0.14, isMarked: true },
  { from: 0.25, opacity: 0.2, isMarked: true },
  { from: 0.5, opacity: 0.28, isMarked: true },
];

export function levelOf(share: number): number {
  return Math.max(0, LEVELS.findLastIndex((it) => share >= it.from));
}

/** The lines of each level, for a text of so many lines; what makes no sense is left out. */
export function byLevel(lines: HeatLine[] | null | undefined, count: number): HeatLine[][] {
  const levels: HeatLine[][] = LEVELS.map(() => []);
  for (const line of lines ?? []) {
    if (Number.isInteger(line.line) && line.line >= 0 && line.line < count) levels[levelOf(line.share)]?.push(line);
  }
  return levels;
}

/** The color of a band. */
export function colorOf(level: Level, isDark: boolean): string {
  return isDark ? `rgba(255, 110, 80, ${level.opacity})` : `rgba(214, 69, 28, ${level.opacity})`;
}
