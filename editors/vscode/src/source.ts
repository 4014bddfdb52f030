// What stands at a line of Go code. Lines count from 0.

/** The benchmarks of a file with their lines, the last line included. */
export function benchmarks(text: string): { name: string; first: number; last: number }[] {
  const lines = text.split(/\r?\n/);
  const found = [];
  for (const [first, line] of lines.entries()) {
    const name = line.match(/^func (Benchmark(?!\p{Ll})[\p{L}\p{N}_]*)\(/u)?.[1];
    if (name === undefined) continue;
    found.push({ name, first, last: line.endsWith('}') ? first : closing(lines, first) });
  }
  return found;
}

/** The name of the benchmark around a line. */
export function benchmarkAt(text: string, line: number): string | undefined {
  return benchmarks(text).find(({ first, last }) => first <= line && line <= last)?.name;
}

/** The first lines of the structs around a line, the innermost first. */
export function structsAt(text: string, line: number): number[] {
  const lines = text.split(/\r?\n/);
  const found = [];
  for (let first = Math.min(line, lines.length - 1); first >= 0; first--) {
    if (/\bstruct\s*\{\s*(\/[/*].*)?$/.test(lines[first] ?? '') && closing(lines, first) >= line) {
      found.push(first);
    }
  }
  return found;
}

/** The line that closes the block which a line opens, in formatted code: the next one as deep that starts with `}`. */
function closing(lines: string[], first: number): number {
  const indent = lines[first]?.match(/^\s*/)?.[0] ?? '';
  const last = lines.findIndex((line, at) => at > first && line.startsWith(`${indent}}`));
  return last < 0 ? lines.length - 1 : last;
}
