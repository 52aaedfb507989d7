/** Shapes of the named areas that filter: fetched, because a tile may hold only a part of one. */

import { api } from "../api/client";
import type { Dataset, Geometry } from "../api/types";
import type { Place } from "../state/view";

export async function placeGeometries(
  places: readonly Place[],
  datasets: ReadonlyMap<string, Dataset>,
  signal: AbortSignal,
): Promise<Geometry[]> {
  const found = await Promise.all(
    places.map(async (place) => {
      const key = place.kind === "area" ? datasets.get(place.boundary)?.roles.key : null;
      if (place.kind !== "area" || !key) return [];
      const { features } = await api.items(place.boundary, [[key, place.id], ["limit", "10"]], signal);
      return features.flatMap(({ geometry }) => (geometry ? [geometry] : []));
    }),
  );
  return found.flat();
}
