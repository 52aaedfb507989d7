/** What a chart shows, said in a sentence: the title of the chart. */

import type { Unit } from "../state/time";
import { period, share, whole } from "../text/format";
import { calm } from "../text/words";

export interface TimePoint {
  city: string;
  /** Start of the period, on the civil scale. */
  start: number;
  count: number;
  /** The period is not wholly inside the data: its count is not comparable. */
  partial: boolean;
}

export interface CategoryBar {
  city: string;
  value: string;
  count: number;
}

/** The highest whole period against the lowest. */
export function timeFinding(points: readonly TimePoint[], unit: Unit, locale: string): string {
  const all = points.filter(({ partial }) => !partial);
  const sorted = (all.length > 0 ? all : [...points]).toSorted((a, b) => b.count - a.count);
  const [most, least] = [sorted[0], sorted.at(-1)];
  if (!most || !least) return "Nothing to count in this time";
  if (most.start === least.start) return `${whole(most.count, locale)} in ${period(most.start, unit, locale)}`;
  if (most.count === least.count) return `The same in every ${unit}: ${whole(most.count, locale)}`;
  const [high, low] = [most, least].map(({ start }) => period(start, unit, locale));
  return `Most in ${high}: ${whole(most.count, locale)}. Fewest in ${low}: ${whole(least.count, locale)}`;
}

/** How much of all the largest category takes. */
export function categoryFinding(bars: readonly CategoryBar[], total: number, locale: string): string {
  const [first, second] = bars;
  if (!first) return "No category is given";
  const part = share(first.count, total, locale);
  if (!second) return `All are ${calm(first.value)}`;
  return `${calm(first.value)} is the most frequent: ${part} of all, before ${calm(second.value)}`;
}
