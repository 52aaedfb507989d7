/** The areas of a boundary dataset: names, sizes and where their labels stand. Fetched once. */

import { api } from "../api/client";
import type { City, Dataset } from "../api/types";
import { areaKm2, labelPoint } from "./geometry";

export interface Area {
  id: string;
  name: string;
  km2: number;
  at: [number, number];
}

const cache = new Map<string, Promise<Area[]>>();

/** More names than these can't be read on a map of a city. */
const NAMED_MOST = 150;

/** The boundary set of a city whose names stand on its map. */
export function namedBy({ boundaries }: City, datasets: ReadonlyMap<string, Dataset>): Dataset | undefined {
  return boundaries
    .map(({ dataset }) => datasets.get(dataset))
    .find((dataset) => dataset?.loaded && dataset.rows > 1 && dataset.rows <= NAMED_MOST && dataset.roles.label);
}

/** All areas of a boundary dataset, at most 5,000. */
export function areasOf(dataset: Dataset): Promise<Area[]> {
  let areas = cache.get(dataset.id);
  if (!areas) {
    areas = fetchAreas(dataset);
    cache.set(dataset.id, areas);
    areas.catch(() => cache.delete(dataset.id));
  }
  return areas;
}

async function fetchAreas(dataset: Dataset): Promise<Area[]> {
  const { key, label } = dataset.roles;
  const named = [...new Set([key, label].filter((field) => field !== null))];
  const { features } = await api.items(dataset.id, [
    ["limit", "5000"],
    ...(named.length > 0 ? ([["properties", named.join(",")]] as const) : []),
  ]);
  return features.flatMap(({ id, properties, geometry }) => {
    const at = geometry && labelPoint(geometry);
    if (!geometry || !at) return [];
    const areaId = String((key && properties[key]) ?? id);
    return [{ id: areaId, name: String((label && properties[label]) ?? areaId), km2: areaKm2(geometry), at }];
  });
}
