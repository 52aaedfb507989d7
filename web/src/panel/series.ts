/** What the charts draw: the numbers of a layer over time and by category, counted or added up. */

import { amountOf, byField, overTime } from "../amount/ask";
import { coarser, startOf, unitOfPeriods } from "../amount/periods";
import type { Plan } from "../amount/plan";
import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Dataset } from "../api/types";
import { covered } from "../state/extent";
import { plan } from "../state/plan";
import type { Unit } from "../state/time";
import { civil, floorTo, periods, position, step, unitFor } from "../state/time";
import type { Asked } from "./answer";
import type { CategoryBar, TimePoint, Tone } from "./findings";

export interface TimeSeries {
  dataset: string;
  city: string;
  unit: Unit;
  points: TimePoint[];
  plan: Plan | null;
}

export interface Parts {
  dataset: string;
  city: string;
  field: string;
  /** Largest first; `null` are the rows that have no category. */
  bars: (Omit<CategoryBar, "value"> & { value: string | null })[];
  /** All that is counted or added up; of averages there is none. */
  total: number;
  plan: Plan | null;
}

/** The stretch that is charted, on the civil scale, and the periods it is cut into. */
export interface Stretch {
  from: number;
  to: number;
  unit: Unit;
}

export function toneOf(plan: Plan | null): Tone {
  return { averaged: plan?.measure === "avg", aggregates: plan !== null && plan.measure !== "count" };
}

/** The numbers of a layer over time; `null` when it has none. */
export async function timeSeries(
  asked: Asked,
  stored: Dataset,
  zone: string,
  stretch: Stretch | null,
  signal: AbortSignal,
): Promise<TimeSeries | null> {
  const { dataset, city } = asked;
  const found = await plan(asked);
  if (found && found.periods.length > 0) {
    const [first, last] = [found.periods[0], found.periods.at(-1)].map((value) => startOf(value ?? ""));
    const own = unitOfPeriods(found.periods);
    const unit = coarser(own, stretch?.unit ?? unitFor(first ?? 0, last ?? 0));
    const numbers = await overTime(dataset, found, unit, zone, signal);
    const points = periods(first ?? 0, last ?? 0, unit).flatMap((start): TimePoint[] => {
      const value = numbers.get(start);
      if (value === undefined && !addsUp(found)) return [];
      return [{ city, start, count: value ?? 0, partial: partly(start, unit, stretch) }];
    });
    return { dataset, city, unit, points, plan: found };
  }
  if (!stretch || !stored.roles.time || found) return null;
  const { unit } = stretch;
  const query: Params = [...asked.params, ["by", `time:${unit}`], ["limit", "10000"]];
  const { rows, groups } = await api.aggregate(dataset, query, signal);
  const whole = covered(stored, zone) ?? stretch;
  const [first, last] = [Math.max(stretch.from, whole.from), Math.min(stretch.to, whole.to)];
  const counts = new Map<number, number>();
  for (const row of rows) {
    const start = row[groups[0] ?? ""];
    if (typeof start === "string") counts.set(floorTo(position(civil(start, zone)), unit), Number(row["count"]));
  }
  const points = periods(first, last - 1, unit).map((start) => ({
    city,
    start,
    count: counts.get(start) ?? 0,
    partial: start < first || step(start, unit, 1) > last,
  }));
  return { dataset, city, unit, points, plan: null };
}

/** The numbers of a layer's categories, largest first; of its areas where no category can be added up. */
export async function parts(asked: Asked, stored: Dataset, signal: AbortSignal): Promise<Parts | null> {
  const { dataset, city, params } = asked;
  const found = await plan(asked);
  const field = fieldOf(stored, found);
  if (!field) return null;
  if (found) {
    const [{ value }, bars] = await Promise.all([
      amountOf(dataset, found, signal),
      byField(dataset, found, field, 1000, signal),
    ]);
    const named = bars.map((bar) => ({ city, value: bar.value, count: bar.amount }));
    return { dataset, city, field, total: value ?? 0, bars: named, plan: found };
  }
  const query: Params = [...params, ["by", field], ["sortby", "-count"], ["limit", "1000"]];
  const { rows, groups, numberMatched } = await api.aggregate(dataset, query, signal);
  const bars = rows.map((row) => {
    const value = row[groups[0] ?? field];
    return { city, value: value === null || value === undefined ? null : String(value), count: Number(row["count"]) };
  });
  return { dataset, city, field, total: numberMatched, bars, plan: null };
}

/** The field that parts a layer: its category, or its areas where the categories are different things. */
function fieldOf({ roles, fields, amount }: Dataset, plan: Plan | null): string | null {
  const category = roles.category;
  if (!plan || plan.measure === "count") return category;
  const apart = category !== null && (amount?.apart ?? []).includes(category);
  const label = roles.label ?? fields.find(({ name }) => name === plan.area)?.name ?? null;
  return category !== null && !apart ? category : label;
}

/** Whether a period without a row is a zero: nothing happened in it. */
function addsUp(plan: Plan): boolean {
  return plan.kind === "flow" && plan.measure !== "avg";
}

function partly(start: number, unit: Unit, stretch: Stretch | null): boolean {
  return stretch !== null && (start < floorTo(stretch.from, unit) || start >= stretch.to);
}
