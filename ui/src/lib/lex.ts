// Go source as colored pieces: keywords, texts, comments. One line at a time, so what spans lines stays plain.

const KEYWORDS = new Set(
  ("break case chan const continue default defer else fallthrough for func go goto if import interface map package " +
    "range return select struct switch type var").split(" "),
);

export type Kind = "" | "kw" | "str" | "com";

const PIECES = /\/\/.*|\/\*.*?(?:\*\/|$)|"(?:\\.|[^"\\])*"?|`[^`]*`?|'(?:\\.|[^'\\])*'?|[\p{L}_][\p{L}\p{N}_]*|[^\p{L}_"'`/]+|./gsu;

/** The pieces of a line; together they are the line. */
export function lex(line: string): [kind: Kind, text: string][] {
  // A line of generated code can be as long as a file.
  if (line.length > 2000) return [["", line]];
  const pieces: [Kind, string][] = [];
  for (const [text] of line.matchAll(PIECES)) {
    const kind = kindOf(text);
    const last = pieces.at(-1);
    if (last && last[0] === kind) last[1] += text;
    else pieces.push([kind, text]);
  }
  return pieces;
}

function kindOf(text: string): Kind {
  if (text.startsWith("//") || text.startsWith("/*")) return "com";
  if (/^["'`]/.test(text)) return "str";
  return KEYWORDS.has(text) ? "kw" : "";
}
