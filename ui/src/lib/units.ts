// Values as text, as the command line prints them (`crates/profile/src/units.rs`).

import type { Scale } from "./types.ts";

interface Unit {
  name: string;
  aliases: string[];
  factor: number;
}

interface Family {
  units: Unit[];
  fallback: Unit;
}

const unit = (name: string, factor: number, ...aliases: string[]): Unit => ({ name, aliases, factor });

const bytes: Unit[] = [
  unit("B", 1, "b", "byte"),
  unit("kB", 2 ** 10, "kb", "kbyte", "kilobyte"),
  unit("MB", 2 ** 20, "mb", "mbyte", "megabyte"),
  unit("GB", 2 ** 30, "gb", "gbyte", "gigabyte"),
  unit("TB", 2 ** 40, "tb", "tbyte", "terabyte"),
  unit("PB", 2 ** 50, "pb", "pbyte", "petabyte"),
];
const times: Unit[] = [
  unit("ns", 1, "ns", "nanosecond"),
  unit("us", 1e3, "μs", "us", "microsecond"),
  unit("ms", 1e6, "ms", "millisecond"),
  unit("s", 1e9, "s", "sec", "second"),
  unit("hrs", 3.6e12, "hour", "hr"),
];
const FAMILIES: Family[] = [
  { units: bytes, fallback: bytes[0]! },
  { units: times, fallback: times[3]! },
];

const SILENT = new Set(["count", "sample", "unit", "minimum", "auto"]);

function find(family: Family, name: string): Unit | undefined {
  const lower = name.toLowerCase();
  const singular = lower.length > 2 && lower.endsWith("s") ? lower.slice(0, -1) : lower;
  return family.units.find((it) => it.aliases.includes(singular));
}

/** A value in another unit, with that unit's name. */
export function scale(value: number, from: string, to: string): [number, string] {
  if (value < 0) {
    const [scaled, name] = scale(-value, from, to);
    return [-scaled, name];
  }
  for (const family of FAMILIES) {
    const source = find(family, from);
    if (!source) continue;
    const smallest = value * source.factor;
    const isAuto = to === "minimum" || to === "auto";
    const target = isAuto ? family.units.findLast((it) => smallest / it.factor >= 1) : find(family, to);
    const { factor, name } = target ?? family.fallback;
    return [smallest / factor, name];
  }
  return [value, SILENT.has(to) ? "" : to];
}

/** A value with its unit: at most two decimals, and no unit behind a 0. */
export function label(value: number, { unit: from, to, ratio }: Scale): string {
  const [scaled, name] = scale(Math.trunc(value * (ratio > 0 ? ratio : 1)), from, to);
  const text = scaled.toFixed(2).replace(/\.00$/, "");
  return text === "0" || text === "-0" ? "0" : text + name;
}

/** A share in percent, as pprof rounds it: `0.05%`, `4.20%`, `100%`. */
export function share(part: number, whole: number): string {
  if (whole === 0) return "0%";
  const percent = (Math.abs(part) / Math.abs(whole)) * 100;
  if (percent >= 99.95 && percent <= 100.05) return "100%";
  if (percent >= 1) return `${percent.toFixed(2)}%`;
  return `${Number(percent.toPrecision(2))}%`;
}
