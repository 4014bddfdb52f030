// Frames onto a canvas of the size of the window: what lies outside is not looked at, and of the frames within a pixel
// the first is drawn.

import { functionOf, originOf, packageOf, shortPackage } from "../lib/names.ts";
import { firstRightOf, type Layout } from "./layout.ts";
import { changeOf } from "./colors.ts";
import { MAX_PIXELS, Pixels } from "./pixels.ts";
import { ROOT, type Tree } from "./tree.ts";

/** What a picture looks like, beside its tree. */
export interface Look {
  layout: Layout;
  /** The frame that is as wide as the picture. */
  zoom: number;
  /** Callees lie above their callers. */
  up: boolean;
  scroll: number;
  width: number;
  height: number;
  row: number;
  /** As `#rrggbb`. */
  colorOf: (frame: number) => string;
  /** By name; none without a search. */
  hits: Uint8Array | undefined;
  selected: number;
  hovered: number;
  rootLabel: string;
  theme: Theme;
}

export interface Theme {
  dark: boolean;
  text: string;
  dim: string;
  background: string;
  accent: string;
  inlined: string;
  onAccent: string;
}

const FONT = '12px system-ui,-apple-system,"Segoe UI",Inter,"Helvetica Neue",sans-serif';
/** Narrower frames have no text. */
const MIN_LABEL = 30;

export function rowTop(look: Look, depth: number): number {
  return look.up ? look.height - (depth + 1) * look.row + look.scroll : depth * look.row - look.scroll;
}

export function depthAt(look: Look, y: number): number {
  return Math.floor((look.up ? look.height - y + look.scroll : y + look.scroll) / look.row);
}

/** The value at the left edge, and how many pixels one unit of it takes. */
export function transform({ layout, zoom, width }: Look): { from: number; perUnit: number } {
  const from = layout.left[zoom] ?? 0;
  const span = (layout.right[zoom] ?? 0) - from;
  return { from, perUnit: span > 0 ? width / span : 0 };
}

/** Kept from picture to picture. */
const pixels = new Pixels();
const overviewPixels = new Pixels();

/** How many frames were drawn. */
export function draw(g: CanvasRenderingContext2D, look: Look): number {
  const { layout, width, height, row: rowHeight } = look;
  g.clearRect(0, 0, width, height);
  g.textBaseline = "middle";
  g.font = FONT;
  const { from, perUnit } = transform(look);
  if (perUnit === 0) return 0;
  // The levels that are in sight.
  const ends = [depthAt(look, 0), depthAt(look, height)];
  const first = Math.max(0, Math.min(...ends));
  const last = Math.min(layout.rows.length - 1, Math.max(...ends));
  pixels.clear(Math.ceil(width), Math.ceil(height / rowHeight) + 2);
  let drawn = 0;
  for (let depth = first; depth <= last; depth++) drawn += drawRow(g, look, depth, depth - first, from, perUnit);
  pixels.paint(g, last - first + 1, (line) => rowTop(look, first + line), rowHeight - 1);
  outline(g, look, look.hovered, look.theme.text, 1);
  outline(g, look, look.selected, look.theme.accent, 2);
  return drawn;
}

function drawRow(g: CanvasRenderingContext2D, look: Look, depth: number, line: number, from: number, perUnit: number): number {
  const { layout, width, row: rowHeight, theme, hits } = look;
  const { tree, left, right } = layout;
  const row = layout.rows[depth]!;
  const top = rowTop(look, depth);
  const isAncestor = depth < tree.depth[look.zoom]!;
  let drawn = 0;
  let at = firstRightOf(layout, depth, from);
  while (at < row.length) {
    const frame = row[at]!;
    const x0 = (left[frame]! - from) * perUnit;
    if (x0 > width) break;
    const x1 = (right[frame]! - from) * perUnit;
    const a = Math.max(0, x0);
    const b = Math.min(width, x1);
    const hit = hits !== undefined && hits[tree.name[frame]!] === 1;
    const alpha = isAncestor ? 0.6 : hits !== undefined && !hit ? 0.5 : 1;
    const color = hit ? theme.accent : look.colorOf(frame);
    drawn++;
    if (b - a <= MAX_PIXELS) {
      const pixel = Math.floor(a);
      const end = Math.max(pixel + 1, Math.floor(b));
      pixels.set(line, pixel, end, color, alpha);
      // Others that end within its pixels would not be seen.
      at = firstRightOf(layout, depth, from + end / perUnit, at + 1);
      continue;
    }
    const w = b - a - 1;
    g.globalAlpha = alpha;
    g.fillStyle = color;
    g.fillRect(a, top, w, rowHeight - 1);
    if (tree.inlined[frame] && w > 6 && !tree.isDiff && frame !== ROOT) {
      g.fillStyle = theme.inlined;
      g.globalAlpha *= 0.8;
      g.fillRect(a, top + rowHeight - 2.5, w, 1.5);
    }
    g.globalAlpha = 1;
    if (w > MIN_LABEL) drawLabel(g, look, frame, a, top, w, hit, isAncestor);
    at++;
  }
  g.globalAlpha = 1;
  return drawn;
}

function outline(g: CanvasRenderingContext2D, look: Look, frame: number, color: string, line: number): void {
  if (frame < 0 || frame >= look.layout.tree.length) return;
  const { from, perUnit } = transform(look);
  const a = Math.max(0, (look.layout.left[frame]! - from) * perUnit);
  const b = Math.min(look.width, (look.layout.right[frame]! - from) * perUnit);
  if (b < 0 || a > look.width) return;
  const top = rowTop(look, look.layout.tree.depth[frame]!);
  g.strokeStyle = color;
  g.lineWidth = line;
  g.strokeRect(a + line / 2, top + line / 2, Math.max(2, b - a - line - 0.5), look.row - 1 - line);
}

const widths = new Map<string, number>();

/** The width of a text; measured once. */
function widthOf(g: CanvasRenderingContext2D, text: string): number {
  const key = g.font.charAt(0) + text;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 50_000) widths.clear();
    width = g.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

function drawLabel(
  g: CanvasRenderingContext2D,
  look: Look,
  frame: number,
  x: number,
  top: number,
  width: number,
  hit: boolean,
  faded: boolean,
): void {
  const { tree } = look.layout;
  const { theme } = look;
  const name = tree.names[tree.name[frame]!]!;
  const origin = frame === ROOT ? "library" : originOf(packageOf(name));
  g.font = (hit ? "600 " : origin === "own" && frame !== ROOT ? "500 " : "") + FONT;
  g.fillStyle = hit ? theme.onAccent : origin === "runtime" || faded ? theme.dim : theme.text;
  const right = rightText(tree, frame, width);
  const rightWidth = right === "" ? 0 : widthOf(g, right) + 14;
  const room = width - 10;
  let text = frame === ROOT ? look.rootLabel : fitted(g, name, room - rightWidth);
  let showsRight = right !== "";
  if (text === undefined) {
    text = fitted(g, name, room);
    showsRight = false;
  }
  if (text === undefined) {
    const full = functionOf(name).replace(/^\(\*?[^)]*\)\./, "");
    showsRight = showsRight && room - rightWidth > 60;
    text = cut(g, full, showsRight ? room - rightWidth : room);
  }
  const middle = top + look.row / 2 - 0.5;
  g.save();
  g.beginPath();
  g.rect(x, top, width, look.row);
  g.clip();
  g.fillText(text, x + 5, middle);
  if (showsRight) {
    g.font = (tree.isDiff ? "600 " : "") + FONT;
    g.fillStyle = hit ? theme.onAccent : tree.isDiff ? theme.text : theme.dim;
    g.textAlign = "right";
    g.fillText(right, x + width - 6, middle);
    g.textAlign = "left";
  }
  g.restore();
}

/** The longest form of a name that fits: with its package, with its type, alone. */
function fitted(g: CanvasRenderingContext2D, name: string, room: number): string | undefined {
  const pkg = packageOf(name);
  const bare = functionOf(name);
  const forms = pkg === "" ? [bare] : [`${shortPackage(pkg)}.${bare}`, bare, bare.replace(/^\(\*?[^)]*\)\./, "")];
  return forms.find((it) => it.length < 400 && widthOf(g, it) <= room);
}

function cut(g: CanvasRenderingContext2D, text: string, room: number): string {
  let low = 0;
  let high = Math.min(text.length, 200);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (g.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low > 2 ? `${text.slice(0, low)}…` : "";
}

/** A share, or the change in a diff. */
function rightText(tree: Tree, frame: number, width: number): string {
  if (tree.isDiff) return frame === ROOT || width < 90 ? "" : changeText(tree.oldTotal[frame]!, tree.total[frame]!);
  if (width < 150) return "";
  const percent = (tree.total[frame]! / tree.total[ROOT]!) * 100;
  return `${percent >= 99.95 ? "100" : percent.toFixed(percent < 10 ? 1 : 0)}%`;
}

/** `+12%`, `−40%`, `×14`, `new`, `gone`; empty where nothing changed. */
export function changeText(before: number, after: number): string {
  if (before === 0 && after === 0) return "";
  if (before === 0) return "new";
  if (after === 0) return "gone";
  if (after / before > 10) return `×${Math.round(after / before)}`;
  if (Math.abs(changeOf(before, after)) < 0.005) return "";
  const percent = ((after - before) / before) * 100;
  const text = Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0);
  return `${percent < 0 ? "−" : "+"}${text}%`;
}

/** The whole tree in a few pixels per level. */
export function drawOverview(g: CanvasRenderingContext2D, look: Look, width: number, height: number): void {
  const { layout, theme } = look;
  g.clearRect(0, 0, width, height);
  if (layout.width === 0) return;
  // Of a tree with more levels than the picture has pixels, some stand for all.
  const levels = Math.min(layout.rows.length, Math.floor(height));
  const rowHeight = Math.max(1, (height - 2) / levels);
  const perUnit = width / layout.width;
  const topOf = (line: number): number => Math.round(look.up ? height - 1 - (line + 1) * rowHeight : 1 + line * rowHeight);
  const pixelHeight = Math.max(1, Math.round(rowHeight));
  overviewPixels.clear(Math.ceil(width), levels);
  for (let line = 0; line < levels; line++) {
    const depth = Math.floor((line * layout.rows.length) / levels);
    const row = layout.rows[depth]!;
    let at = 0;
    while (at < row.length) {
      const frame = row[at]!;
      // Whole pixels: edges between them cost more than the picture is worth.
      const a = Math.floor(layout.left[frame]! * perUnit);
      const b = Math.max(a + 1, Math.floor(layout.right[frame]! * perUnit));
      const color = look.hits?.[layout.tree.name[frame]!] ? theme.accent : look.colorOf(frame);
      if (b - a <= MAX_PIXELS) {
        overviewPixels.set(line, a, b, color, 1);
      } else {
        g.fillStyle = color;
        g.fillRect(a, topOf(line), b - a, pixelHeight);
      }
      at = firstRightOf(layout, depth, b / perUnit, at + 1);
    }
  }
  overviewPixels.paint(g, levels, topOf, pixelHeight);
}

/** The part of an overview that is shown: what lies outside is shaded. */
export function drawExtent(g: CanvasRenderingContext2D, look: Look, width: number, height: number): void {
  const { layout, theme } = look;
  g.clearRect(0, 0, width, height);
  if (layout.width === 0) return;
  const perUnit = width / layout.width;
  if (look.zoom !== ROOT) {
    const a = layout.left[look.zoom]! * perUnit;
    const b = layout.right[look.zoom]! * perUnit;
    g.fillStyle = theme.background;
    g.globalAlpha = 0.65;
    g.fillRect(0, 0, a, height);
    g.fillRect(b, 0, width - b, height);
    g.globalAlpha = 1;
    g.strokeStyle = theme.accent;
    g.lineWidth = 1.5;
    g.strokeRect(a + 0.75, 0.75, Math.max(3, b - a - 1.5), height - 1.5);
  }
}
