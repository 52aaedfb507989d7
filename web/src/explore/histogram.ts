/** Counts of each period for the time slider, one row for each city. */

import { overTime } from "../amount/ask";
import { coarser } from "../amount/periods";
import type { Params } from "../api/client";
import { api } from "../api/client";
import { covered, grainOf } from "../state/extent";
import { plan } from "../state/plan";
import { queryOf } from "../state/query";
import type { Shown } from "../state/subjects";
import type { Unit } from "../state/time";
import { civil, floorTo, periods, position, step, unitFor } from "../state/time";
import type { Choice, View } from "../state/view";

export interface Bar {
  start: number;
  count: number;
}

export interface Row {
  city: string;
  bars: Bar[];
  most: number;
  total: number;
  /** What is added up; empty when rows are counted. */
  words: string;
  averaged: boolean;
  /** The number of a period is all of it, and not what happened in it. */
  standing: boolean;
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
  /** The unit that cuts a part of it: never finer than the periods of its aggregates. */
  unitFor: (from: number, to: number) => Unit;
}

interface Request {
  dataset: string;
  city: string;
  zone: string;
  params: Params;
  choice: Choice;
}

export function extentOf(shown: readonly Shown[], zoneOf: (city: string) => string): Extent | null {
  const found = shown.flatMap(({ dataset }) => covered(dataset, zoneOf(dataset.city)) ?? []);
  if (found.length === 0) return null;
  const [first, last] = [Math.min(...found.map(({ from }) => from)), Math.max(...found.map(({ to }) => to))];
  const grain = shown.map(({ dataset }) => grainOf(dataset)).reduce(coarser);
  const cut = (from: number, to: number): Unit => coarser(grain, unitFor(from, to));
  const unit = cut(first, last);
  const starts = periods(first, last - 1, unit);
  const to = step(floorTo(last - 1, unit), unit, 1);
  return { first, last, from: starts[0] ?? first, to, unit, starts, unitFor: cut };
}

export function histogramRequests(
  view: View,
  shown: readonly Shown[],
  zoneOf: (city: string) => string,
): Request[] {
  return shown
    .filter(({ dataset }) => dataset.roles.time !== null && dataset.time_extent !== null)
    .map(({ dataset, layer }) => {
      const zone = zoneOf(dataset.city);
      const params = queryOf(view, layer, dataset, { time: true });
      return { dataset: dataset.id, city: dataset.city, zone, params, choice: view.measure };
    });
}

export async function fetchHistogram(
  { requests, extent }: { requests: Request[]; extent: Pick<Extent, "unit"> },
  signal: AbortSignal,
): Promise<Row[]> {
  return Promise.all(requests.map((request) => fetchRow(request, extent.unit, signal)));
}

async function fetchRow(request: Request, unit: Unit, signal: AbortSignal): Promise<Row> {
  const { dataset, city, zone, params } = request;
  const found = await plan(request);
  const adds = found && found.measure !== "count" ? found : null;
  const bars = adds
    ? [...(await overTime(dataset, adds, unit, zone, signal))].map(([start, count]) => ({ start, count }))
    : await countRows(dataset, params, unit, zone, signal);
  const counts = bars.map(({ count }) => count);
  return {
    city,
    bars,
    most: Math.max(0, ...counts),
    total: counts.reduce((a, b) => a + b, 0),
    words: adds?.words ?? "",
    averaged: adds?.measure === "avg",
    standing: adds !== null && adds.kind !== "flow",
  };
}

async function countRows(
  dataset: string,
  params: Params,
  unit: Unit,
  zone: string,
  signal: AbortSignal,
): Promise<Bar[]> {
  const query: Params = [...params, ["by", `time:${unit}`], ["limit", "10000"]];
  const { rows, groups } = await api.aggregate(dataset, query, signal);
  return rows.flatMap((row): Bar[] => {
    const start = row[groups[0] ?? ""];
    if (typeof start !== "string") return [];
    return [{ start: floorTo(position(civil(start, zone)), unit), count: Number(row["count"]) }];
  });
}
