// Colors of frames: your code is loud, the library quiet, the runtime silent; in a diff blue for less, orange for more.

import { hash, moduleOf, originOf, packageOf } from "../lib/names.ts";
import type { Tree } from "./tree.ts";

export type ColorBy = "package" | "module" | "origin";

/** What a color stands for. */
function groupOf(pkg: string, by: ColorBy): string {
  return by === "module" ? moduleOf(pkg) : pkg;
}

const converted = new Map<number, string>();

/**
 * A color of OKLCH as `#rrggbb`: canvases set colors by the thousand, and parse this form fastest. What no screen shows
 * is clipped. Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
 */
export function oklch(lightness: number, chroma: number, hue: number): string {
  const key = Math.round(lightness * 1000) * 1e9 + Math.round(chroma * 1000) * 1e6 + Math.round(hue * 100);
  const known = converted.get(key);
  if (known !== undefined) return known;
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channel = (linear: number): string => {
    const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
    const byte = Math.round(255 * Math.max(0, Math.min(1, value)));
    return byte.toString(16).padStart(2, "0");
  };
  const text = `#${channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)}${channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)}${channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)}`;
  converted.set(key, text);
  return text;
}

export function frameColor(name: string, by: ColorBy, dark: boolean): string {
  const pkg = packageOf(name);
  const origin = originOf(pkg);
  if (origin === "runtime") return dark ? oklch(0.275, 0.004, 270) : oklch(0.932, 0.004, 270);
  const own = origin === "own";
  const hue = by === "origin" ? (own ? 292 : 200) : hash(groupOf(pkg, by)) % 360;
  if (own) return dark ? oklch(0.46, 0.115, hue) : oklch(0.83, 0.115, hue);
  return dark ? oklch(0.355, 0.04, hue) : oklch(0.895, 0.045, hue);
}

/** From -1 (gone) over 0 (same) to 1 (new). */
export function changeOf(before: number, after: number): number {
  const larger = Math.max(before, after);
  return larger === 0 ? 0 : (after - before) / larger;
}

export function changeColor(change: number, dark: boolean): string {
  const t = Math.min(1, Math.abs(change));
  if (t < 0.02) return dark ? oklch(0.3, 0.004, 270) : oklch(0.925, 0.004, 270);
  const hue = change < 0 ? 255 : 55;
  return dark ? oklch(0.3 + 0.2 * t, 0.03 + 0.11 * t, hue) : oklch(0.925 - 0.15 * t, 0.02 + 0.115 * t, hue);
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
