// What the views that have a list of items on the left share: the keys, and steps from one item to another.
import { tick } from "svelte";

// Does what a key stands for, if it is pressed in the page itself and not in a field, a dialog or a shortcut of the browser.
// Enter presses the button or follows the link that has the focus.
export function onKey(event: KeyboardEvent, actionOf: (key: string) => (() => void) | undefined): void {
  const on = event.target instanceof HTMLElement ? event.target : undefined;
  if (event.ctrlKey || event.metaKey || event.altKey || on?.matches("input,textarea,select") || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && on?.matches("button,a")) return;
  const action = actionOf(event.key);
  if (!action) return;
  event.preventDefault();
  action();
}

// The keys that go from one item to another.
export function stepKeys(step: (by: number) => Promise<void>): Record<string, () => void> {
  return { j: () => void step(1), k: () => void step(-1), ArrowDown: () => void step(1), ArrowUp: () => void step(-1) };
}

// Chooses an item so many places away, or the last one there is, and shows it.
export async function stepIn<T>(items: T[], current: T | undefined, by: number, choose: (item: T) => void): Promise<void> {
  const at = items.findIndex((it) => it === current);
  const next = items[Math.max(0, Math.min(items.length - 1, at + by))];
  if (!next) return;
  choose(next);
  await tick();
  document.querySelector(".item[aria-current=true]")?.scrollIntoView({ block: "nearest" });
}
