// Go's names of functions, taken apart.

/** `net/http.(*conn).serve` → `net/http`. */
export function packageOf(name: string): string {
  // Type arguments may hold paths of their own.
  const bracket = name.indexOf("[");
  const head = bracket < 0 ? name : name.slice(0, bracket);
  const dot = head.indexOf(".", head.lastIndexOf("/") + 1);
  return dot < 0 ? "" : head.slice(0, dot);
}

/** What acts on the order of a text, or on its line, instead of being shown. */
const ACTS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const ALL_ACTS = new RegExp(ACTS, "g");

/** Text as it may be shown: what would act is written as on the command line, `\\u{202e}`. */
export function visible(text: string): string {
  return ACTS.test(text) ? text.replace(ALL_ACTS, (it) => `\\u{${it.charCodeAt(0).toString(16)}}`) : text;
}

/** The same of code, with its tabs. */
export function visibleCode(text: string): string {
  return ACTS.test(text) ? text.split("\t").map(visible).join("\t") : text;
}

/** `net/http.(*conn).serve` → `(*conn).serve`, to be shown. */
export function functionOf(name: string): string {
  const pkg = packageOf(name);
  return visible(pkg === "" ? name : name.slice(pkg.length + 1));
}

/** `example.com/orders/internal/store` → `store`, to be shown; a version at the end keeps the element before it. */
export function shortPackage(pkg: string): string {
  const parts = pkg.split("/");
  const last = parts.pop() ?? "";
  return visible(/^v\d+$/.test(last) && parts.length > 0 ? `${parts.pop()}/${last}` : last);
}

/** `store.(*Store).List`. */
export function shortName(name: string): string {
  const pkg = packageOf(name);
  return pkg === "" ? visible(name) : `${shortPackage(pkg)}.${functionOf(name)}`;
}

/** As far as names tell: the host and two elements, or the first element of the standard library. */
export function moduleOf(pkg: string): string {
  const parts = pkg.split("/");
  return parts[0]?.includes(".") ? parts.slice(0, 3).join("/") : (parts[0] ?? "");
}

export type Origin = "own" | "library" | "runtime";

/** Whose code a package is: the standard library's packages have no dot in their first element. */
export function originOf(pkg: string): Origin {
  if (/^(runtime$|runtime\/internal\/|internal\/runtime\/)/.test(pkg) || pkg === "") return "runtime";
  if (pkg === "main" || pkg.endsWith("_test") || pkg === "command-line-arguments") return "own";
  const first = pkg.split("/", 1)[0] ?? "";
  return first.includes(".") || first.includes("%2e") ? "own" : "library";
}

/** A number that depends on the text alone. */
export function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}
