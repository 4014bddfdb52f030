// Frames of up to three pixels, as pixels of one picture: a rectangle for each would cost a hundred times as much.

/** Wider frames are rectangles. */
export const MAX_PIXELS = 3;

const packed = new Map<string, number>();

/** `#rrggbb` as a pixel of image data; browsers run on little-endian machines alone. */
function pack(color: string): number {
  let pixel = packed.get(color);
  if (pixel === undefined) {
    const rgb = Number.parseInt(color.slice(1, 7), 16) || 0;
    pixel = ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16);
    packed.set(color, pixel);
  }
  return pixel;
}

/** One line of pixels for each level that is shown; what has no frame is transparent. */
export class Pixels {
  private image: ImageData | undefined;
  private data = new Uint32Array(0);
  private width = 0;
  private lines = 0;
  private isUsed = false;

  /** Begins a picture. */
  clear(width: number, lines: number): void {
    if (this.width !== width || this.lines < lines) {
      this.width = width;
      this.lines = lines;
      this.image = width > 0 && lines > 0 ? new ImageData(width, lines) : undefined;
      this.data = new Uint32Array(this.image?.data.buffer ?? new ArrayBuffer(0));
    } else if (this.isUsed) {
      this.data.fill(0);
    }
    this.isUsed = false;
  }

  /** Paints the pixels of a line from one to another, without the last, where nothing is yet. */
  set(line: number, from: number, to: number, color: string, alpha: number): void {
    const pixel = (pack(color) | ((alpha * 255) << 24)) >>> 0;
    const start = line * this.width;
    const end = Math.min(to, this.width);
    for (let x = Math.max(0, from); x < end; x++) {
      if (this.data[start + x] === 0) this.data[start + x] = pixel;
    }
    this.isUsed = true;
  }

  /** Puts the lines onto a canvas: each at its place, as high as a row. */
  paint(g: CanvasRenderingContext2D, n: number, top: (line: number) => number, height: number): void {
    if (!this.isUsed || !this.image) return;
    const canvas = new OffscreenCanvas(this.width, this.lines);
    canvas.getContext("2d")?.putImageData(this.image, 0, 0);
    g.imageSmoothingEnabled = false;
    g.globalAlpha = 1;
    for (let line = 0; line < n; line++) g.drawImage(canvas, 0, line, this.width, 1, 0, top(line), this.width, height);
  }
}
