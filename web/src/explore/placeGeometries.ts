/** Shapes of the named areas that filter: fetched, because a tile may hold only a part of one. */

import { api } from "../api/client";
import type { Dataset, Geometry } from "../api/types";
import type { Place } from "../state/view";

/** The shapes of all named areas among some places, by city. */
export async function placeGeometries(
  places: readonly Place[],
  datasets: ReadonlyMap<string, Dataset>,
  signal: AbortSignal,
): Promise<Record<string, Geometry[]>> {
  const shapes: Record<string, Geometry[]> = {};
  for (const place of places) {
    const key = place.kind === "area" ? datasets.get(place.boundary)?.roles.key : null;
    if (place.kind !== "area" || !key) continue;
    const { features } = await api.items(place.boundary, [[key, place.id], ["limit", "10"]], signal);
    const found = features.flatMap(({ geometry }) => (geometry ? [geometry] : []));
    shapes[place.city] = [...(shapes[place.city] ?? []), ...found];
  }
  return shapes;
}
