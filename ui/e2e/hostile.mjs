// Profiles that nobody should have to look at: markup, quotes, bidi marks and terminal codes in every text, and paths,
// names and labels beyond all measure.

/** A message of protocol buffers: pairs of a field's number and a number, a text, or bytes. */
function message(fields) {
  const parts = [];
  const varint = (value) => {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes = [];
    do {
      bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
      rest >>= 7n;
    } while (rest > 0n);
    parts.push(Buffer.from(bytes));
  };
  for (const [field, value] of fields) {
    if (typeof value === "number") {
      varint(field << 3);
      varint(value);
    } else {
      const bytes = Buffer.from(value);
      varint((field << 3) | 2);
      varint(bytes.length);
      parts.push(bytes);
    }
  }
  return Buffer.concat(parts);
}

/** Texts by their number in a profile. */
class Texts {
  all = [""];
  known = new Map([["", 0]]);
  of(text) {
    if (!this.known.has(text)) this.known.set(text, this.all.push(text) - 1);
    return this.known.get(text);
  }
}

/** A profile: stacks from the leaf on as names, each with a value and labels. */
function profile({ stacks, fileOf, mapping, comments, documentation, type }) {
  const texts = new Texts();
  const functions = new Map();
  const samples = stacks.map(({ frames, value, labels = [] }) => {
    const ids = frames.map((name) => {
      if (!functions.has(name)) functions.set(name, functions.size + 1);
      return functions.get(name);
    });
    return message([...ids.map((id) => [1, id]), [2, value], ...labels.map(([key, text]) => [3, message([[1, texts.of(key)], [2, texts.of(text)]])])]);
  });
  const names = [...functions.keys()];
  const type_ = message([[1, texts.of(type)], [2, texts.of("count")]]);
  const fields = [
    [1, type_],
    ...samples.map((it) => [2, it]),
    [3, message([[1, 1], [2, 0x1000], [3, 0x100000000], [5, texts.of(mapping.file)], [6, texts.of(mapping.buildId)], [7, 1], [8, 1], [9, 1]])],
    ...names.map((_, at) => [4, message([[1, at + 1], [2, 1], [3, 0x1000 + 16 * at], [4, message([[1, at + 1], [2, at + 1]])]])]),
    ...names.map((name, at) => [5, message([[1, at + 1], [2, texts.of(name)], [3, texts.of(name)], [4, texts.of(fileOf(at))]])]),
    ...comments.map((it) => [13, texts.of(it)]),
    [15, texts.of(documentation)],
    [11, type_],
    [12, 1],
  ];
  return message([...fields, ...texts.all.map((it) => [6, it])]);
}

const ESCAPE = "\u001b";
/** What breaks out of markup, attributes, scripts, regular expressions, terminals or the direction of writing. */
export const TEXTS = [
  "</script><script>alert(1)</script>",
  "<img src=x onerror=alert(2)>",
  "\"'`><svg/onload=alert(3)>",
  "javascript:alert(4)",
  "main.\u202egnp.exe\u202c.Run",
  "main.\u2067left\u2069\u200b\u200f.Do",
  `${ESCAPE}[31mred${ESCAPE}[0m${ESCAPE}]0;title\u0007`,
  "{{7*7}}${7*7}{@html '<b>x</b>'}",
  "a\nb\r\tc\u0000d\u007f\u0085",
  "(((([[[*+?\\",
  "&lt;b&gt;&amp;&#x27;",
  "style=\"position:fixed;inset:0\" class='card on'",
  "e\u0301".repeat(400),
  "𝕏👩‍👩‍👧‍👦\ud83d.🙂",
  "--><!--",
  "]]>",
  "DEPTH:2.5:name",
  "__proto__",
  "constructor.prototype",
];

/** Each text as function, file, label, comment, binary, build id and sample type. */
export function hostileTexts() {
  const leaf = (at) => TEXTS[at % TEXTS.length];
  const stacks = TEXTS.map((_, at) => ({ frames: [leaf(at), leaf(at + 1), leaf(at + 2), "main.main"], value: 10 + at, labels: [[leaf(at), leaf(at + 3)], ["key", leaf(at)]] }));
  return profile({
    stacks,
    fileOf: (at) => `/src/${leaf(at)}.go`,
    mapping: { file: `/bin/${TEXTS[0]}`, buildId: TEXTS[1] + TEXTS[4] },
    comments: TEXTS,
    documentation: TEXTS[3],
    type: TEXTS[1],
  });
}

/** A stack of 10,000 levels, names of 10 kB, 200 labels at a sample. */
export function beyondMeasure() {
  const deep = Array.from({ length: 9_990 }, (_, at) => `github.com/acme/deep/pkg${at % 50}.(*Walker).step${at % 300}`);
  const long = Array.from({ length: 8 }, (_, at) => `github.com/acme/${"generated".repeat(1200)}/pkg.Function${at}`);
  const labels = Array.from({ length: 200 }, (_, at) => [`label${at}`, `value ${at % 7} ${"x".repeat(at)}`]);
  return profile({
    stacks: [
      { frames: [...long, ...deep, "main.main"].slice(-9_999), value: 700, labels },
      { frames: [...long, "main.main"], value: 200, labels: labels.slice(0, 100) },
      { frames: [...deep.slice(5_000), "main.main"], value: 100 },
    ],
    fileOf: (at) => `/src/deep/${at}.go`,
    mapping: { file: "/bin/deep", buildId: "00" },
    comments: [],
    documentation: "",
    type: "samples",
  });
}
