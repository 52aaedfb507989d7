/** From the people of one year to those of another: births, deaths and moves as steps. */

import type { Point, Row } from "./columns";
import { numberOf, yearOf } from "./columns";

export interface Step {
  name: string;
  label: string;
  /** People added, or taken away when below zero. */
  people: number;
}

export interface Waterfall {
  from: number;
  to: number;
  start: number;
  end: number;
  steps: Step[];
}

const STEPS: readonly { name: string; label: string; sign: 1 | -1 }[] = [
  { name: "births", label: "Births", sign: 1 },
  { name: "deaths", label: "Deaths", sign: -1 },
  { name: "domestic_in", label: "Arrivals from the country", sign: 1 },
  { name: "domestic_out", label: "Departures to the country", sign: -1 },
  { name: "international_in", label: "Arrivals from abroad", sign: 1 },
  { name: "international_out", label: "Departures abroad", sign: -1 },
];
const NET = { name: "net_migration", label: "Net migration" };

/** What a component is called. */
export function componentLabel(name: string): string {
  return [...STEPS, NET].find((step) => step.name === name)?.label ?? name;
}

/** Whether a component takes people away. */
export function isLoss(name: string): boolean {
  return STEPS.some((step) => step.name === name && step.sign < 0);
}

/**
 * The steps between two years of a projection.
 *
 * Net migration beyond the flows, and people put in where there would have been fewer than none, are
 * the last step: the picture always adds up.
 *
 * @param components rows of `component`, `year` and `people` of one area, all ages
 * @param population people of the area by projected year
 * @param from the year that the change begins with: `from + 1` is the first year counted
 */
export function waterfall(
  components: readonly Row[],
  population: readonly Point[],
  from: number,
  to: number,
): Waterfall | null {
  const end = population.find(({ year }) => year === to)?.value;
  if (end === undefined) return null;
  const sums = new Map<string, number>();
  for (const row of components) {
    const year = yearOf(row["year"]);
    if (year <= from || year > to) continue;
    const name = String(row["component"]);
    sums.set(name, (sums.get(name) ?? 0) + (numberOf(row["people"]) ?? 0));
  }
  const hasFlows = STEPS.slice(2).some(({ name }) => sums.has(name));
  const steps: Step[] = STEPS.filter(({ name }) => sums.has(name)).map(({ name, label, sign }) => ({
    name,
    label,
    people: sign * (sums.get(name) ?? 0),
  }));
  const net = sums.get(NET.name);
  if (!hasFlows && net !== undefined) steps.push({ ...NET, people: net });
  if (hasFlows && net !== undefined) {
    const flows = steps.slice(2).reduce((sum, { people }) => sum + people, 0);
    if (Math.abs(net - flows) > 0.5) steps.push({ name: "other", label: "Unexplained change", people: net - flows });
  }
  const moved = steps.reduce((sum, { people }) => sum + people, 0);
  const known = population.find(({ year }) => year === from)?.value;
  const start = known ?? end - moved;
  const rest = end - start - moved;
  if (Math.abs(rest) > 0.5) steps.push({ name: "clipped", label: "Kept from falling below 0", people: rest });
  return { from, to, start, end, steps };
}
