// What is typed into the search field.

/** A regular expression without regard to case; what is none is searched for as it is. */
export function matcher(text: string): (name: string) => boolean {
  try {
    const pattern = new RegExp(text, "i");
    return (name) => pattern.test(name);
  } catch {
    const lower = text.toLowerCase();
    return (name) => name.toLowerCase().includes(lower);
  }
}

/** Text as an expression that matches it and nothing else. */
export function exactly(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
