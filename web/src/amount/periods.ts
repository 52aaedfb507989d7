/** The periods of a table of aggregates: how long they are, how they are called, what falls into each. */

import type { Unit } from "../state/time";
import { floorTo, position } from "../state/time";
import { moment, period } from "../text/format";

const DAY_MS = 86_400_000;
const ORDER: readonly Unit[] = ["hour", "day", "week", "month", "year"];

/** A period's value as the node gives it: a day, or a year as a number. */
export type PeriodValue = string | number;

/** Where a period begins, on the civil scale. */
export function startOf(value: PeriodValue): number {
  return position(typeof value === "number" || /^\d{4}$/.test(value) ? `${value}-01-01` : value.slice(0, 10));
}

/** The longest unit that no two periods share; a single period is a day, or the year it is named by. */
export function unitOfPeriods(values: readonly PeriodValue[]): Unit {
  const starts = values.map(startOf).sort((a, b) => a - b);
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? start));
  const least = Math.min(...gaps) / DAY_MS;
  if (gaps.length === 0) return typeof values[0] === "number" ? "year" : "day";
  if (least >= 360) return "year";
  if (least >= 28) return "month";
  return least >= 7 ? "week" : "day";
}

/** The longer of two units. */
export function coarser(one: Unit, other: Unit): Unit {
  return ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))] ?? one;
}

/** A period as people call it: `2020`, `Feb 2024`, `30 Jun 2020`. */
export function periodName(value: PeriodValue, values: readonly PeriodValue[], locale: string): string {
  if (typeof value === "number") return String(value);
  const unit = unitOfPeriods(values);
  const text = value.slice(0, 10);
  const begins = values.every((each) => String(each).slice(8, 10) === "01");
  if (unit === "year" && values.every((each) => String(each).slice(5, 10) === "01-01")) return text.slice(0, 4);
  return begins && unit !== "day" && unit !== "week" ? period(startOf(value), "month", locale) : moment(text, locale);
}

/** All the periods in words: `Apr 2010 to Feb 2024`. */
export function periodsName(values: readonly PeriodValue[], locale: string): string {
  const sorted = [...values].sort((a, b) => startOf(a) - startOf(b));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return "";
  const [from, to] = [periodName(first, values, locale), periodName(last, values, locale)];
  return from === to ? from : `${from} to ${to}`;
}

/**
 * Amounts of periods in buckets of a longer unit: flows add up in a bucket, of stocks and rates the
 * last period stands for it, since they would be counted again in each.
 */
export function inBuckets(
  points: readonly { start: number; value: number }[],
  unit: Unit,
  addsUp: boolean,
): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const { start, value } of points.toSorted((a, b) => a.start - b.start)) {
    const at = floorTo(start, unit);
    buckets.set(at, addsUp ? (buckets.get(at) ?? 0) + value : value);
  }
  return buckets;
}
