/** An area of a boundary set as a filter: what the search line makes of `in Hackney`. */

import type { City, Dataset, Feature } from "../api/types";
import type { AreaPlace, Place } from "./view";

/** The area that a feature is, when its dataset is one of the city's boundary sets. */
export function areaOf(feature: Feature, dataset: Dataset, city: City): AreaPlace | null {
  const set = city.boundaries.find((each) => each.dataset === dataset.id);
  const { key, label } = dataset.roles;
  const id = key ? feature.properties[key] : null;
  if (!set || id === null || id === undefined) return null;
  const name = String((label && feature.properties[label]) || id);
  return { kind: "area", city: city.id, boundary: dataset.id, id: String(id), label: called(name, set.singular) };
}

/** Whether the places filter by that area. */
export function isIn(places: readonly Place[], area: AreaPlace): boolean {
  return places.some((place) => isArea(place, area));
}

/** The places with that area as the only one of its city. */
export function onlyIn(places: readonly Place[], area: AreaPlace): Place[] {
  return [...places.filter(({ kind, city }) => kind !== "area" || city !== area.city), area];
}

/** The places without that area. */
export function notOnlyIn(places: readonly Place[], area: AreaPlace): Place[] {
  return places.filter((place) => !isArea(place, area));
}

function isArea(place: Place, area: AreaPlace): boolean {
  return place.kind === "area" && place.boundary === area.boundary && place.id === area.id;
}

/** An area that has only a number is called after its kind, as in the search line: `Ward 42`. */
function called(name: string, singular: string): string {
  return /^\d+$/.test(name) ? `${singular.charAt(0).toUpperCase()}${singular.slice(1)} ${name}` : name;
}
