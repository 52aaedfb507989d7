/** Medians and the bands of 80 and 95 % out of statistics, whose parts say in words which end they are. */

import type { Row } from "./columns";
import { numberOf, yearOf } from "./columns";
import type { Band } from "./plots";

export interface BandPoint {
  year: number;
  median: number;
  low95: number;
  low80: number;
  high80: number;
  high95: number;
}

const END = /,?\s*(median|(lower|upper) end of the (80|95) % band)\s*,?\s*/i;

/** What a part of a statistic is of, without the end of a band: `Year group 3`; empty for all. */
export function partOf(breakdown: string): string {
  return breakdown.replace(END, "").trim();
}

/** The end of a band that a part speaks of; `null` when it is none. */
export function endOf(breakdown: string): Exclude<keyof BandPoint, "year"> | null {
  const found = END.exec(breakdown);
  if (!found) return null;
  if (!found[2]) return "median";
  const level = found[3] === "95" ? "95" : "80";
  return found[2].toLowerCase() === "lower" ? `low${level}` : `high${level}`;
}

/** Bands by what `keyOf` tells rows apart by, in the order of years. */
export function readBands(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, BandPoint[]> {
  const found = new Map<string, Map<number, BandPoint>>();
  for (const row of rows) {
    const end = endOf(String(row["breakdown"]));
    const value = numberOf(row["value"]);
    if (!end || value === null) continue;
    const key = keyOf(row);
    const years = found.get(key) ?? new Map<number, BandPoint>();
    const year = yearOf(row["time_period"]);
    const point = years.get(year) ?? { year, median: NaN, low95: NaN, low80: NaN, high80: NaN, high95: NaN };
    point[end] = value;
    years.set(year, point);
    found.set(key, years);
  }
  return new Map([...found].map(([key, years]) => [key, [...years.values()].sort((a, b) => a.year - b.year)]));
}

/** The two bands as they are drawn, the wider one first. */
export function bandsOf(points: readonly BandPoint[]): Band[] {
  if (points.length === 0) return [];
  return [
    { colour: "var(--accent)", level: 95, points: points.map(({ year, low95, high95 }) => ({ year, low: low95, high: high95 })) },
    { colour: "var(--accent)", level: 80, points: points.map(({ year, low80, high80 }) => ({ year, low: low80, high: high80 })) },
  ];
}
