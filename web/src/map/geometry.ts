/** Small measures of a feature's shape: its box, where its name stands, its area. */

import type { Box, Geometry } from "../api/types";

/** Mean radius of the earth, in km. */
const EARTH_KM = 6371.0088;

type Position = readonly number[];
type Ring = readonly Position[];

/** West, south, east, north of a geometry, or `null` when it is empty. */
export function boxOf(geometry: Geometry): Box | null {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of positions(geometry)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box[0] <= box[2] ? box : null;
}

/** Where the name of an area stands: the centroid of its largest part. */
export function labelPoint(geometry: Geometry): [number, number] | null {
  const rings = outerRings(geometry);
  const largest = rings.sort((a, b) => Math.abs(shoelace(b)) - Math.abs(shoelace(a)))[0];
  return largest ? centroid(largest) : null;
}

/** Area of a polygon on the sphere, in km2; 0 for points and lines. */
export function areaKm2(geometry: Geometry): number {
  return polygons(geometry).reduce(
    (sum, [outer = [], ...holes]) =>
      sum + ringKm2(outer) - holes.reduce((inner, hole) => inner + ringKm2(hole), 0),
    0,
  );
}

function* positions(geometry: Geometry): Generator<Position> {
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positions(part);
  } else {
    yield* flat(geometry.coordinates);
  }
}

function* flat(coordinates: readonly unknown[]): Generator<Position> {
  if (typeof coordinates[0] === "number") yield coordinates as Position;
  else for (const part of coordinates) yield* flat(part as readonly unknown[]);
}

function polygons(geometry: Geometry): Ring[][] {
  switch (geometry.type) {
    case "Polygon":
      return [geometry.coordinates];
    case "MultiPolygon":
      return geometry.coordinates;
    case "GeometryCollection":
      return geometry.geometries.flatMap(polygons);
    default:
      return [];
  }
}

function outerRings(geometry: Geometry): Ring[] {
  return polygons(geometry).flatMap(([outer]) => (outer ? [outer] : []));
}

/** Twice the signed area in square degrees. */
function shoelace(ring: Ring): number {
  return pairs(ring).reduce((sum, [a, b]) => sum + cross(a, b), 0);
}

function centroid(ring: Ring): [number, number] {
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  const near = ring.map(([x = 0, y = 0]) => [x - x0, y - y0]);
  const twice = shoelace(near);
  if (twice === 0) return [x0, y0];
  let [x, y] = [0, 0];
  for (const [a, b] of pairs(near)) {
    x += ((a[0] ?? 0) + (b[0] ?? 0)) * cross(a, b);
    y += ((a[1] ?? 0) + (b[1] ?? 0)) * cross(a, b);
  }
  return [x0 + x / (3 * twice), y0 + y / (3 * twice)];
}

/** Area of a ring on the sphere (Chamberlain and Duquette 2007), in km2. */
function ringKm2(ring: Ring): number {
  const total = pairs(ring).reduce((sum, [a, b]) => {
    const width = radians((b[0] ?? 0) - (a[0] ?? 0));
    return sum + width * (2 + Math.sin(radians(a[1] ?? 0)) + Math.sin(radians(b[1] ?? 0)));
  }, 0);
  return Math.abs((total * EARTH_KM * EARTH_KM) / 2);
}

function pairs(ring: Ring): [Position, Position][] {
  return ring.slice(1).map((position, i) => [ring[i] ?? position, position]);
}

function cross(a: Position, b: Position): number {
  return (a[0] ?? 0) * (b[1] ?? 0) - (b[0] ?? 0) * (a[1] ?? 0);
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
