// Colors of frames: your code is loud, the library quiet, the runtime silent; in a diff blue for less, orange for more.

import { hash, originOf, packageOf } from "../lib/names.ts";
import type { Tree } from "./tree.ts";

export type ColorBy = "package" | "module" | "origin";

/** What a color stands for. */
function groupOf(pkg: string, by: ColorBy): string {
  if (by !== "module") return pkg;
  const parts = pkg.split("/");
  return parts[0]?.includes(".") ? parts.slice(0, 3).join("/") : (parts[0] ?? "");
}

export function frameColor(name: string, by: ColorBy, dark: boolean): string {
  const pkg = packageOf(name);
  const origin = originOf(pkg);
  if (origin === "runtime") return dark ? "oklch(.275 .004 270)" : "oklch(.932 .004 270)";
  const own = origin === "own";
  const hue = by === "origin" ? (own ? 292 : 200) : hash(groupOf(pkg, by)) % 360;
  if (own) return dark ? `oklch(.46 .115 ${hue})` : `oklch(.83 .115 ${hue})`;
  return dark ? `oklch(.355 .04 ${hue})` : `oklch(.895 .045 ${hue})`;
}

/** From -1 (gone) over 0 (same) to 1 (new). */
export function changeOf(before: number, after: number): number {
  const larger = Math.max(before, after);
  return larger === 0 ? 0 : (after - before) / larger;
}

export function changeColor(change: number, dark: boolean): string {
  const t = Math.min(1, Math.abs(change));
  if (t < 0.02) return dark ? "oklch(.30 .004 270)" : "oklch(.925 .004 270)";
  const hue = change < 0 ? 255 : 55;
  return dark
    ? `oklch(${0.3 + 0.2 * t} ${0.03 + 0.11 * t} ${hue})`
    : `oklch(${0.925 - 0.15 * t} ${0.02 + 0.115 * t} ${hue})`;
}

/**
 * Whether a difference of two counts of samples is within what chance makes of one and the same program: below two
 * standard deviations of the difference of two Poisson counts.
 */
export function isNoise(before: number, after: number, perSample: number): boolean {
  if (perSample <= 0) return false;
  const a = after / perSample;
  const b = before / perSample;
  return Math.abs(a - b) < 2 * Math.sqrt(a + b);
}

export function diffColor(tree: Tree, frame: number, perSample: number, dark: boolean): string {
  const before = tree.oldTotal[frame]!;
  const after = tree.total[frame]!;
  return changeColor(isNoise(before, after, perSample) ? 0 : changeOf(before, after), dark);
}
