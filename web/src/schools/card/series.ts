/** Where the line of a school's pupils over the years runs, and where a measure stands beside others. */

import type { Measure, YearOfPupils } from "../types";

export interface Spark {
  /** One SVG path for each stretch of years without a gap. */
  paths: string[];
  last: { x: number; y: number };
}

/** The line in a room of so many pixels, from the first year to the last, from zero to the most. */
export function spark(series: readonly YearOfPupils[], width: number, height: number): Spark | null {
  const known = series.filter(({ pupils }) => pupils !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last || known.length < 2) return null;
  const most = Math.max(1, ...known.map(({ pupils }) => pupils ?? 0));
  const x = (year: number): number => ((year - first.year) / (last.year - first.year)) * width;
  const y = (pupils: number): number => height - (pupils / most) * height;
  const paths: string[] = [];
  let before: number | null = null;
  for (const { year, pupils } of series) {
    if (pupils === null) continue;
    const at = `${x(year).toFixed(1)} ${y(pupils).toFixed(1)}`;
    if (before === year - 1) paths[paths.length - 1] += `L${at}`;
    else paths.push(`M${at}`);
    before = year;
  }
  return { paths, last: { x: x(last.year), y: y(last.pupils ?? 0) } };
}

/** Shares of a line's length at which a school, its city and similar schools stand. */
export function stands({ value, city, similar, unit }: Measure): { value: number; city: number | null; similar: number | null } | null {
  if (value === null) return null;
  const all = [value, city, similar].filter((each) => each !== null);
  const [least, most] = [Math.min(0, ...all), Math.max(...all, unit === "%" ? 100 : 0)];
  // Scores far from zero (SAT points) would all stand at one end.
  const low = Math.min(...all) > 0.5 * most && unit !== "%" ? 0.8 * Math.min(...all) : least;
  const high = unit === "%" ? most : most * (most > 0 ? 1.05 : 0.95);
  if (high <= low) return null;
  const at = (each: number | null): number | null => (each === null ? null : (each - low) / (high - low));
  return { value: at(value) ?? 0, city: at(city), similar: at(similar) };
}
