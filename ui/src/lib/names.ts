// Go's names of functions, taken apart.

/** `net/http.(*conn).serve` → `net/http`. */
export function packageOf(name: string): string {
  // Type arguments may hold paths of their own.
  const bracket = name.indexOf("[");
  const head = bracket < 0 ? name : name.slice(0, bracket);
  const dot = head.indexOf(".", head.lastIndexOf("/") + 1);
  return dot < 0 ? "" : head.slice(0, dot);
}

/** `net/http.(*conn).serve` → `(*conn).serve`. */
export function functionOf(name: string): string {
  const pkg = packageOf(name);
  return pkg === "" ? name : name.slice(pkg.length + 1);
}

/** `example.com/orders/internal/store` → `store`; a version at the end keeps the element before it. */
export function shortPackage(pkg: string): string {
  const parts = pkg.split("/");
  const last = parts.pop() ?? "";
  return /^v\d+$/.test(last) && parts.length > 0 ? `${parts.pop()}/${last}` : last;
}

/** `store.(*Store).List`. */
export function shortName(name: string): string {
  const pkg = packageOf(name);
  return pkg === "" ? name : `${shortPackage(pkg)}.${functionOf(name)}`;
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
