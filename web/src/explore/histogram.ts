/** Counts of each period for the time slider, one row for each city. */

import type { Params } from "../api/client";
import { api } from "../api/client";
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

/** The stretch of civil time that all of a subject's datasets cover, cut into periods. */
export interface Extent {
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
  const ends = shown.flatMap(({ dataset }) =>
    dataset.roles.time && dataset.time_extent
      ? dataset.time_extent.map((instant) => position(civil(instant, zoneOf(dataset.city))))
      : [],
  );
  if (ends.length === 0) return null;
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const unit = unitFor(first, last);
  const from = floorTo(first, unit);
  const to = step(floorTo(last, unit), unit, 1);
  return { from, to, unit, starts: periods(from, to - 1, unit) };
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
      const filters = queryOf(view, layer, dataset, zone, { time: true });
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
