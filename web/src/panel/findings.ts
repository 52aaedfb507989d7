/** What a chart shows, said in a sentence: the title of the chart. */

import type { Unit } from "../state/time";
import { brief, period, share, whole } from "../text/format";
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

/** How numbers are spoken of: counts and sums are parts of a total, averages are not. */
export interface Tone {
  averaged: boolean;
  /** The rows are aggregates, so that a value has the most of something, and is not the most frequent. */
  aggregates: boolean;
}

const COUNTED: Tone = { averaged: false, aggregates: false };

/** One number of a chart. */
export function figure(value: number, { averaged }: Tone, locale: string): string {
  return averaged ? brief(value, locale) : whole(value, locale);
}

/** The highest whole period against the lowest. */
export function timeFinding(points: readonly TimePoint[], unit: Unit, locale: string, tone = COUNTED): string {
  const said = (value: number): string => figure(value, tone, locale);
  const all = points.filter(({ partial }) => !partial);
  const sorted = (all.length > 0 ? all : [...points]).toSorted((a, b) => b.count - a.count);
  const [most, least] = [sorted[0], sorted.at(-1)];
  if (!most || !least) return "Nothing to count in this time";
  if (most.start === least.start) return `${said(most.count)} in ${period(most.start, unit, locale)}`;
  if (most.count === least.count) return `The same in every ${unit}: ${said(most.count)}`;
  const [high, low] = [most, least].map(({ start }) => period(start, unit, locale));
  const [up, down] = tone.aggregates ? ["Highest", "Lowest"] : ["Most", "Fewest"];
  return `${up} in ${high}: ${said(most.count)}. ${down} in ${low}: ${said(least.count)}`;
}

/** How much of all the largest category takes. */
export function categoryFinding(bars: readonly CategoryBar[], total: number, locale: string, tone = COUNTED): string {
  const [first, second] = bars;
  if (!first) return "No category is given";
  const part = share(first.count, total, locale);
  if (tone.averaged) return `${calm(first.value)} is highest: ${figure(first.count, tone, locale)}`;
  if (!second) return `All are ${calm(first.value)}`;
  const most = tone.aggregates ? "has the most" : "is the most frequent";
  return `${calm(first.value)} ${most}: ${part} of all, before ${calm(second.value)}`;
}
