/** Counts of each period for the time slider, one row for each city. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import { covered } from "../state/extent";
import { queryOf } from "../state/query";
import type { Shown } from "../state/subjects";
import type { Unit } from "../state/time";
import { civil, floorTo, periods, position, step, unitFor } from "../state/time";
import type { View } from "../state/view";

export interface Bar {
  start: number;
  count: number;
}

export interface Row {
  city: string;
  bars: Bar[];
  most: number;
  total: number;
}

/** The stretch of civil time that a subject's datasets cover together, cut into periods. */
export interface Extent {
  /** What is covered. */
  first: number;
  last: number;
  /** The whole periods around it. */
  from: number;
  to: number;
  unit: Unit;
  starts: number[];
}

interface Request {
  dataset: string;
  city: string;
  zone: string;
  params: Params;
}

export function extentOf(shown: readonly Shown[], zoneOf: (city: string) => string): Extent | null {
  const found = shown.flatMap(({ dataset }) => covered(dataset, zoneOf(dataset.city)) ?? []);
  if (found.length === 0) return null;
  const [first, last] = [Math.min(...found.map(({ from }) => from)), Math.max(...found.map(({ to }) => to))];
  const unit = unitFor(first, last);
  const starts = periods(first, last - 1, unit);
  return { first, last, from: starts[0] ?? first, to: step(floorTo(last - 1, unit), unit, 1), unit, starts };
}

export function histogramRequests(
  view: View,
  shown: readonly Shown[],
  zoneOf: (city: string) => string,
  unit: Unit,
): Request[] {
  return shown
    .filter(({ dataset }) => dataset.roles.time !== null && dataset.time_extent !== null)
    .map(({ dataset, layer }) => {
      const zone = zoneOf(dataset.city);
      const filters = queryOf(view, layer, dataset, { time: true });
      const params: Params = [...filters, ["by", `time:${unit}`], ["limit", "10000"]];
      return { dataset: dataset.id, city: dataset.city, zone, params };
    });
}

export async function fetchHistogram(
  { requests, extent }: { requests: Request[]; extent: Extent },
  signal: AbortSignal,
): Promise<Row[]> {
  return Promise.all(
    requests.map(async ({ dataset, city, zone, params }) => {
      const { rows, groups } = await api.aggregate(dataset, params, signal);
      const group = groups[0] ?? "";
      const bars = rows.flatMap((row): Bar[] => {
        const start = row[group];
        if (typeof start !== "string") return [];
        const at = floorTo(position(civil(start, zone)), extent.unit);
        return [{ start: at, count: Number(row["count"]) }];
      });
      const counts = bars.map(({ count }) => count);
      return { city, bars, most: Math.max(0, ...counts), total: counts.reduce((a, b) => a + b, 0) };
    }),
  );
}
