/** Results that come as statistics by part, with small numbers hidden: hidden is never drawn as zero. */

import type { BandPoint } from "../figures/bands";
import type { Hidden } from "../figures/cells";
import { BESIDE_SMALL, SMALL } from "../figures/cells";
import type { Point, Row } from "../figures/columns";
import { numberOf, yearOf } from "../figures/columns";

export interface PartSeries {
  part: string;
  means: Point[];
  bands: BandPoint[];
  /** Years whose number is hidden, and whether it is because it is small itself. */
  hidden: { year: number; small: boolean }[];
}

const SMALL_NUMBER = "small";

/** How a row's own mean is drawn where it is hidden. */
export function hiddenCell(row: Row): Hidden {
  return row["hidden"] === SMALL_NUMBER ? SMALL : BESIDE_SMALL;
}

/** Whether a part has nobody in any year, and nothing to hide. */
export function isEmpty({ means, bands, hidden }: PartSeries): boolean {
  return hidden.length === 0 && means.every(({ value }) => value === 0) && bands.every(({ high95 }) => !(high95 > 0));
}

/** Parts by the school year that they begin with: `NCY < 1` before `NCY 1-6`, -1 before 0. */
export function bySchoolYear(a: PartSeries, b: PartSeries): number {
  return firstYear(a.part) - firstYear(b.part);
}

function firstYear(part: string): number {
  if (part.includes("<")) return -1;
  return Number(/-?\d+/.exec(part.replace("NCY ", ""))?.[0] ?? 0);
}

/** The series of every part of a breakdown, those with most children first. */
export function seriesOfParts(rows: readonly Row[]): PartSeries[] {
  const found = new Map<string, PartSeries>();
  for (const row of rows) {
    const part = String(row["group"]);
    const series = found.get(part) ?? { part, means: [], bands: [], hidden: [] };
    found.set(part, series);
    const year = yearOf(row["calendar_year"]);
    const mean = numberOf(row["mean"]);
    if (mean === null) {
      if (row["hidden"]) series.hidden.push({ year, small: row["hidden"] === SMALL_NUMBER });
      continue;
    }
    series.means.push({ year, value: mean });
    const [low95, low80, median, high80, high95] = ["p2_5", "p10", "median", "p90", "p97_5"].map((name) => numberOf(row[name]));
    // A single quantile may be hidden where the mean is not: the band then has a gap.
    series.bands.push({
      year,
      median: median ?? NaN,
      low95: low95 ?? NaN,
      low80: low80 ?? NaN,
      high80: high80 ?? NaN,
      high95: high95 ?? NaN,
    });
  }
  const size = ({ means }: PartSeries): number => means.at(-1)?.value ?? -1;
  for (const { means, bands } of found.values()) {
    means.sort((a, b) => a.year - b.year);
    bands.sort((a, b) => a.year - b.year);
  }
  return [...found.values()].sort((a, b) => size(b) - size(a) || a.part.localeCompare(b.part));
}
