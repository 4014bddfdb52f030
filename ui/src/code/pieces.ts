// A line of code as pieces that carry everything drawn on it. The pieces together are the line; what would act on the
// order of text is escaped.

import { lex, type Kind } from "../lib/lex.ts";
import { visibleCode } from "../lib/names.ts";
import type { CallMark } from "../lib/types.ts";
import { type FlowStep, indexOf } from "./facts.ts";

export interface Piece {
  text: string;
  kind: Kind;
  call: CallMark | undefined;
  /** The position of the flow's step that is drawn around it. */
  step: number | undefined;
  hit: boolean;
}

export function piecesOf(line: string, calls: CallMark[], steps: [index: number, step: FlowStep][], query: string): Piece[] {
  const cuts = new Set([0, line.length]);
  let at = 0;
  const kinds: [from: number, to: number, kind: Kind][] = [];
  for (const [kind, text] of lex(line)) {
    kinds.push([at, at + text.length, kind]);
    cuts.add(at);
    at += text.length;
  }
  const callRanges = calls.map((call) => [indexOf(line, call.from), indexOf(line, call.to), call] as const);
  for (const [from, to] of callRanges) cuts.add(from).add(to);
  for (const [, step] of steps) cuts.add(Math.min(step.from, line.length)).add(Math.min(step.to, line.length));
  const hits: [number, number][] = [];
  if (query !== "") {
    const [lower, wanted] = [line.toLowerCase(), query.toLowerCase()];
    for (let k = lower.indexOf(wanted); k >= 0; k = lower.indexOf(wanted, k + wanted.length)) {
      hits.push([k, k + wanted.length]);
      cuts.add(k).add(Math.min(line.length, k + wanted.length));
    }
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  for (let k = 0; k + 1 < sorted.length; k++) {
    const [from, to] = [sorted[k]!, sorted[k + 1]!];
    pieces.push({
      text: visibleCode(line.slice(from, to)),
      kind: kinds.find(([a, b]) => a <= from && to <= b)?.[2] ?? "",
      call: innermost(callRanges, from, to),
      step: steps.find(([, step]) => step.from <= from && to <= step.to)?.[0],
      hit: hits.some(([a, b]) => a <= from && to <= b),
    });
  }
  return pieces;
}

/** The shortest callee around a piece: in `a.b().c()` each has its own. */
function innermost(ranges: (readonly [number, number, CallMark])[], from: number, to: number): CallMark | undefined {
  let found: (readonly [number, number, CallMark]) | undefined;
  for (const range of ranges) {
    if (range[0] <= from && to <= range[1] && (!found || range[1] - range[0] < found[1] - found[0])) found = range;
  }
  return found?.[2];
}
