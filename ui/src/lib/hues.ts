// One hue for each quantity, on all pages.

export type Hue = "cpu" | "mem" | "obj" | "blk";

/** Of a sample type. */
export function hueOf(type: string): Hue {
  if (/delay/.test(type)) return "blk";
  if (/objects|count|contentions|goroutine/.test(type)) return "obj";
  return /space|bytes/.test(type) ? "mem" : "cpu";
}
