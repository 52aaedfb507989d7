/** The area that filters, as a shape on the map. */

import type { Geometry } from "../api/types";
import type { Place } from "../state/view";
import type { Sketch } from "./drawing.svelte";

const EARTH_M = 6_371_008.8;
const CIRCLE_SIDES = 96;

interface ShapeFeature {
  type: "Feature";
  geometry: Geometry;
  properties: Record<string, never>;
}

export interface Shapes {
  type: "FeatureCollection";
  features: ShapeFeature[];
}

/** All points at a distance from a centre, on the sphere. */
export function circle(lon: number, lat: number, metres: number): [number, number][] {
  const angle = metres / EARTH_M;
  const phi = radians(lat);
  return Array.from({ length: CIRCLE_SIDES }, (_, i) => {
    const bearing = (2 * Math.PI * i) / CIRCLE_SIDES;
    const sin = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing);
    const east = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(phi),
      Math.cos(angle) - Math.sin(phi) * sin,
    );
    return [lon + degrees(east), degrees(Math.asin(sin))];
  });
}

/** Places of one city and the sketch on its map, as GeoJSON; `areas` are shapes of named areas. */
export function placeShapes(
  city: string,
  places: readonly Place[],
  areas: readonly Geometry[],
  sketch: Sketch | null,
): Shapes {
  const shapes = [...areas];
  for (const place of places.filter((each) => each.city === city)) {
    if (place.kind === "near") shapes.push(polygon(circle(place.lon, place.lat, place.metres)));
    if (place.kind === "shape") shapes.push(polygon(place.corners));
  }
  if (sketch?.city === city) {
    const corners = outline(sketch);
    if (corners.length > 2) shapes.push(polygon(corners));
    else if (corners.length > 1) shapes.push({ type: "LineString", coordinates: corners });
  }
  return {
    type: "FeatureCollection",
    features: shapes.map((geometry) => ({ type: "Feature", geometry, properties: {} })),
  };
}

/** Corners of what is drawn so far, with the pointer as the next one. */
export function outline({ mode, corners, tip }: Sketch): [number, number][] {
  const all = tip ? [...corners, tip] : corners;
  const [first, last] = [all[0], all.at(-1)];
  if (mode === "shape" || !first || !last || all.length < 2) return all;
  return [first, [last[0], first[1]], last, [first[0], last[1]]];
}

function polygon(corners: [number, number][]): Geometry {
  return { type: "Polygon", coordinates: [[...corners, ...corners.slice(0, 1)]] };
}

function radians(value: number): number {
  return (value * Math.PI) / 180;
}

function degrees(value: number): number {
  return (value * 180) / Math.PI;
}
