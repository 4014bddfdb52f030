// Structs on the lines of a file: the ribbon beside the name, offsets beside the fields.

import type { StructFacts } from "../lib/types.ts";

export interface StructLine {
  /** On the line of the name. */
  whole?: StructFacts;
  /** On the line of fields. */
  fields: StructFacts["fields"];
}

/** By line, from 1. Fields are found by their names, in their order. */
export function structLines(text: string[], structs: StructFacts[]): Map<number, StructLine> {
  const lines = new Map<number, StructLine>();
  for (const it of structs) {
    lines.set(it.line, { whole: it, fields: [] });
    let line = it.line;
    for (const field of it.fields) {
      const at = lineOf(text, field.name, line);
      if (at === undefined) continue;
      line = at;
      const known = lines.get(at);
      if (known) known.fields.push(field);
      else lines.set(at, { fields: [field] });
    }
  }
  return lines;
}

/** The line that declares a field: its name is the first word, or one of several, or the end of an embedded type. */
function lineOf(text: string[], name: string, from: number): number | undefined {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const field = new RegExp(`^\\s*(?:[\\w, ]*\\b)?${escaped}\\b|^\\s*\\*?[\\w.]*\\.${escaped}\\b`);
  for (let line = from; line < Math.min(text.length, from + 200); line++) {
    const code = text[line]!.replace(/\/\/.*$/, "");
    if (line > from && /^}/.test(code)) return undefined;
    // On the line of the name only what follows the brace is a field: `type T struct{ a, b int }`.
    const brace = /\bstruct\s*\{/.exec(code);
    const part = brace ? code.slice(brace.index + brace[0].length) : code;
    if (field.test(part) && part.trim() !== "") return line;
  }
  return undefined;
}
