/** The stretch of time a dataset covers, in its city's own days. */

import type { Dataset } from "../api/types";
import type { Unit } from "./time";
import { civil, position, span, step } from "./time";
import type { Time } from "./view";

const DAY_MS = 86_400_000;
/** How often datasets are updated that hold periods shorter than a year. */
const WITHIN_A_YEAR: readonly string[] = ["live", "hourly", "daily", "weekly", "monthly", "quarterly"];
const YEAR_MS = 365.2425 * DAY_MS;

/** From the start of the first day to the end of the last, on the civil scale. */
export interface Covered {
  from: number;
  to: number;
}

/** What a dataset covers, or `null` when it has no time. */
export function covered(dataset: Dataset, zone: string): Covered | null {
  const { time_extent: extent, roles, fields } = dataset;
  if (!extent || !roles.time) return null;
  // A day has no zone: its instants are written at midnight of UTC.
  const isDay = fields.find(({ name }) => name === roles.time)?.type === "date";
  const [first, last] = extent.map((end) => position((isDay ? end : civil(end, zone)).slice(0, 10)));
  if (first === undefined || last === undefined) return null;
  return { from: first, to: endOf(first, last, grainOf(dataset)) };
}

/** The shortest period that a table of aggregates tells apart, by the days it begins and ends on. */
export function grainOf(dataset: Dataset): Unit {
  const [first, last] = dataset.time_extent ?? ["", ""];
  if (!dataset.amount || first === last) return "hour";
  const within = WITHIN_A_YEAR.includes(dataset.frequency);
  if (first.slice(5, 10) === last.slice(5, 10) && !within) return "year";
  return first.slice(8, 10) === "01" && last.slice(8, 10) === "01" ? "month" : "day";
}

/** Data by month or year are dated on its first day, but speak of all of it. */
function endOf(first: number, last: number, grain: Unit): number {
  const [start, end] = [new Date(first), new Date(last)];
  if (start.getUTCDate() !== 1 || end.getUTCDate() !== 1 || first === last) return last + DAY_MS;
  const january = start.getUTCMonth() === 0 && end.getUTCMonth() === 0;
  const yearly = grain === "hour" ? january : grain === "year";
  return step(last, "month", yearly ? 12 : 1);
}

/** Years of what is covered that lie inside the chosen time; 0 when none do. */
export function yearsWithin({ from, to }: Covered, time: Time | null): number {
  const [start, end] = time ? span(time) : [-Infinity, Infinity];
  return Math.max(0, Math.min(to, end) - Math.max(from, start)) / YEAR_MS;
}
