/** Numbers in classes: which one a value is in, what each is called, and its colour. */

import { classColours, OTHER } from "../../map/colours";
import { RDBU } from "../../think/figures/diverging";

export interface ClassRow {
  label: string;
  colour: string;
  /** How many areas are in it. */
  areas: number;
}

/** Colours of so many classes: viridis, or RdBu when there is a middle to part from. */
export function colours(classes: number, diverging: boolean): string[] {
  if (!diverging) return classColours(classes);
  if (classes <= 1) return [RDBU[3] ?? ""];
  return Array.from({ length: classes }, (_, i) => RDBU[Math.round((i / (classes - 1)) * (RDBU.length - 1))] ?? "");
}

/** Class of a value, counted from 0: the first whose upper limit it does not exceed. */
export function classOf(value: number, limits: readonly number[]): number {
  const at = limits.findIndex((limit) => value <= limit);
  return at < 0 ? limits.length : at;
}

/** The colour of each area by its class; areas without a value are left out. */
export function colourById(
  values: readonly { id: string; value: number | null }[],
  limits: readonly number[],
  diverging = false,
): Map<string, string> {
  const palette = colours(limits.length + 1, diverging);
  return new Map(
    values.flatMap(({ id, value }) => (value === null ? [] : [[id, palette[classOf(value, limits)] ?? OTHER] as const])),
  );
}

/** Every class as a legend has it, from the lowest: `up to 400 m`, `400 to 800 m`, `over 800 m`. */
export function classRows(
  values: readonly { value: number | null }[],
  limits: readonly number[],
  say: (value: number) => string,
  diverging = false,
): ClassRow[] {
  const counts = new Array<number>(limits.length + 1).fill(0);
  for (const { value } of values) {
    if (value === null) continue;
    const at = classOf(value, limits);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return colours(limits.length + 1, diverging).map((colour, i) => ({
    label: classLabel(i, limits, say),
    colour,
    areas: counts[i] ?? 0,
  }));
}

function classLabel(index: number, limits: readonly number[], say: (value: number) => string): string {
  const [low, high] = [limits[index - 1], limits[index]];
  if (low === undefined) return high === undefined ? "all" : `up to ${say(high)}`;
  return high === undefined ? `over ${say(low)}` : `${say(low)} to ${say(high)}`;
}

/** Limits that hold for a list of limits with both ends as well: only those between the ends are kept. */
export function innerLimits(breaks: readonly number[], values: readonly (number | null)[]): number[] {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const sorted = [...new Set(breaks)].sort((a, b) => a - b);
  return sorted.filter((limit) => limit >= least && limit < most);
}
