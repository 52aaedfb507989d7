/** Questions to the node for the numbers of aggregates, as a plan puts them. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Unit } from "../state/time";
import { civil, floorTo, position } from "../state/time";
import { inBuckets, startOf } from "./periods";
import type { Plan } from "./plan";

export interface Summed {
  /** `null`: not one row has a number. */
  value: number | null;
  /** Rows that it is made of. */
  rows: number;
}

/** The one number of a layer. */
export async function amountOf(dataset: string, plan: Plan, signal: AbortSignal): Promise<Summed> {
  const { rows, numberMatched } = await api.aggregate(dataset, plan.params, signal);
  const value = rows[0]?.[plan.column];
  return { value: typeof value === "number" ? value : null, rows: numberMatched };
}

/** A group and its number. */
export interface Part {
  value: string | null;
  amount: number;
}

/** The numbers of the groups of a field, largest first; groups without a number are left out. */
export async function byField(
  dataset: string,
  plan: Plan,
  field: string,
  limit: number,
  signal: AbortSignal,
): Promise<Part[]> {
  const order = plan.column === "count" ? "-count" : `-${plan.column}`;
  const query: Params = [...plan.params, ["by", field], ["sortby", order], ["limit", String(limit)]];
  const { rows, groups } = await api.aggregate(dataset, query, signal);
  return rows.flatMap((row): Part[] => {
    const [group, amount] = [row[groups[0] ?? field], row[plan.column]];
    if (typeof amount !== "number") return [];
    return [{ value: group === null || group === undefined ? null : String(group), amount }];
  });
}

/** The numbers of each period, by its start; a stock or a rate is that of a bucket's last period. */
export async function overTime(
  dataset: string,
  plan: Plan,
  unit: Unit,
  zone: string,
  signal: AbortSignal,
): Promise<Map<number, number>> {
  const averaged = plan.kind === "flow" && plan.measure === "avg";
  const dated = typeof plan.periods[0] === "string";
  const by = averaged && dated ? `time:${unit}:${plan.period}` : plan.period;
  const query: Params = [...plan.across, ["by", by], ["limit", "10000"]];
  const { rows, groups } = await api.aggregate(dataset, query, signal);
  const points = rows.flatMap((row) => {
    const [at, value] = [row[groups[0] ?? plan.period], row[plan.column]];
    if (typeof value !== "number" || (typeof at !== "string" && typeof at !== "number")) return [];
    const start = by === plan.period ? startOf(at) : floorTo(position(civil(at, zone)), unit);
    return [{ start, value }];
  });
  return inBuckets(points, unit, plan.measure === "count" || (plan.kind === "flow" && plan.measure === "sum"));
}
