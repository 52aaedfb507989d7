/** Where a map looks when an answer comes: at the homes of most pupils, or at a place and its schools. */

import type { Box, Geometry } from "../../api/types";
import { boxOf } from "../../map/geometry";
import type { Answer } from "../atlas.svelte";
import { featuresOf } from "../features";

/** So many schools of a place are to be seen with it, or those that take this part of its pupils. */
const LEAST = 2;
const MOST = 8;
const PART = 0.6;

export function boxAround(answer: Answer): Box | null {
  const shapes: Geometry[] = [];
  const points: [number, number][] = [];
  const add = (lon: number | null, lat: number | null): void => {
    if (lon !== null && lat !== null) points.push([lon, lat]);
  };
  if (answer.kind === "school") {
    const { school, areas } = answer.areas;
    add(school.lon, school.lat);
    for (const { geometry, properties } of areas.features) {
      if (geometry && properties.tier !== null && properties.tier <= 80) shapes.push(geometry as Geometry);
    }
  } else {
    const { place, outline, schools } = answer.schools;
    if (place) add(place.lon, place.lat);
    if (outline) shapes.push(...featuresOf(outline).map(({ geometry }) => geometry as Geometry));
    let taken = 0;
    for (const [i, { lon, lat, share }] of schools.slice(0, MOST).entries()) {
      if (i >= LEAST && taken >= PART) break;
      add(lon, lat);
      taken += share ?? 0;
    }
  }
  return boxOf({ type: "GeometryCollection", geometries: [...shapes, { type: "MultiPoint", coordinates: points }] });
}
