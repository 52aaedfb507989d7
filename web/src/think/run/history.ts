/** What was observed before a projection: read from the very version of the dataset that the run read. */

import type { Params } from "../../api/client";
import { api } from "../../api/client";
import type { Pinned, Run } from "../../api/thinkTypes";
import type { Point } from "../figures/columns";
import { seriesBy, totalBy } from "../figures/columns";

interface Source {
  /** The input of the run that holds the past. */
  input: string;
  value: string;
  area: string;
}

const SOURCES: readonly Source[] = [
  { input: "historic_population", value: "population", area: "area_id" },
  { input: "school_rolls", value: "pupils", area: "school_id" },
];

const MOST_ROWS = "10000";

function sourceOf(run: Run): (Source & { pinned: Pinned & { dataset: string } }) | null {
  for (const source of SOURCES) {
    const pinned = run.inputs[source.input];
    if (pinned?.dataset) return { ...source, pinned: { ...pinned, dataset: pinned.dataset } };
  }
  return null;
}

/** The past of every area, by its id; empty when the run read a file of somebody's own. */
export async function fetchHistory(run: Run, signal: AbortSignal): Promise<Map<string, Point[]>> {
  const source = sourceOf(run);
  if (!source) return new Map();
  const { rows, measures } = await ask(source, [["by", `${source.area},year`]], signal);
  return seriesBy(rows, source.area, "year", measures[0] ?? "");
}

/** The past of one area, or of all together. */
export async function fetchPast(run: Run, area: string, signal: AbortSignal): Promise<Point[]> {
  const source = sourceOf(run);
  if (!source) return [];
  const where: Params = area === "" ? [] : [[source.area, area]];
  const { rows, measures } = await ask(source, [...where, ["by", "year"]], signal);
  return totalBy(rows, "year", measures[0] ?? "");
}

function ask({ pinned, value }: NonNullable<ReturnType<typeof sourceOf>>, params: Params, signal: AbortSignal) {
  const query: Params = [
    ...params,
    ["measures", `sum:${value}`],
    ["as_of", String(pinned.version)],
    ["limit", MOST_ROWS],
  ];
  return api.aggregate(pinned.dataset, query, signal);
}
