/** Tables of a run as figures need them: rows, sums, and series by year. */

import type { Columns } from "../../api/thinkTypes";
import type { Value } from "../../api/types";

export type Row = Readonly<Record<string, Value>>;

export interface Point {
  year: number;
  value: number;
}

/** The rows of a table that came column by column. */
export function rowsOf({ columns, rows }: Columns): Row[] {
  const names = Object.keys(columns);
  return Array.from({ length: rows }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[i] ?? null])),
  );
}

/** A number, or `null` for what is hidden or missing: never zero. */
export function numberOf(value: Value | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** The year of a row: a number, or the beginning of a date. */
export function yearOf(value: Value | undefined): number {
  return typeof value === "string" ? Number(value.slice(0, 4)) : Number(value);
}

/** Points of each part, in the order of years. */
export function seriesBy(rows: readonly Row[], part: string, year: string, value: string): Map<string, Point[]> {
  const found = new Map<string, Point[]>();
  for (const row of rows) {
    const number = numberOf(row[value]);
    if (number === null) continue;
    const key = String(row[part] ?? "");
    const points = found.get(key) ?? [];
    points.push({ year: yearOf(row[year]), value: number });
    found.set(key, points);
  }
  for (const points of found.values()) points.sort((a, b) => a.year - b.year);
  return found;
}

/** Points by year, all parts added. */
export function totalBy(rows: readonly Row[], year: string, value: string): Point[] {
  const sums = new Map<number, number>();
  for (const row of rows) {
    const number = numberOf(row[value]);
    const at = yearOf(row[year]);
    if (number !== null) sums.set(at, (sums.get(at) ?? 0) + number);
  }
  return [...sums].map(([at, sum]) => ({ year: at, value: sum })).sort((a, b) => a.year - b.year);
}

/** People by single year of age, for each sex. */
export interface Ages {
  F: number[];
  M: number[];
}

/** The ages of each year; what is not given is 0, since a population table is complete. */
export function agesByYear(rows: readonly Row[], value: string): Map<number, Ages> {
  const oldest = rows.reduce((most, row) => Math.max(most, Number(row["age"])), 0);
  const found = new Map<number, Ages>();
  for (const row of rows) {
    const year = yearOf(row["year"]);
    let ages = found.get(year);
    if (!ages) {
      ages = { F: new Array<number>(oldest + 1).fill(0), M: new Array<number>(oldest + 1).fill(0) };
      found.set(year, ages);
    }
    const side = row["sex"] === "F" ? ages.F : ages.M;
    side[Number(row["age"])] = numberOf(row[value]) ?? 0;
  }
  return new Map([...found].sort(([a], [b]) => a - b));
}

/** Ages between two years: the pyramid moves instead of jumping. */
export function between(a: Ages, b: Ages, share: number): Ages {
  const mix = (from: readonly number[], to: readonly number[]): number[] =>
    from.map((value, age) => value + ((to[age] ?? value) - value) * share);
  return { F: mix(a.F, b.F), M: mix(a.M, b.M) };
}

/** The share of people under 18, of 18 to 64, and over. */
export function ageShares({ F, M }: Ages): { young: number; working: number; old: number } {
  const both = F.map((value, age) => value + (M[age] ?? 0));
  const sum = (from: number, to: number): number => both.slice(from, to).reduce((all, value) => all + value, 0);
  const total = sum(0, both.length) || 1;
  return { young: sum(0, 18) / total, working: sum(18, 65) / total, old: sum(65, both.length) / total };
}

/** The age that as many people are below as above, to a year. */
export function medianAge({ F, M }: Ages): number {
  const both = F.map((value, age) => Math.max(0, value + (M[age] ?? 0)));
  const half = both.reduce((all, value) => all + value, 0) / 2;
  let below = 0;
  for (const [age, value] of both.entries()) {
    if (below + value >= half) return age;
    below += value;
  }
  return both.length - 1;
}
