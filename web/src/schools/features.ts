/** What the map draws of an answer, as GeoJSON. */

import { circle } from "../map/places";
import { labelPoint } from "../map/geometry";
import type { Geometry } from "../api/types";
import type { Filters } from "./filters";
import { passes } from "./filters";
import { symbolName } from "./symbols";
import type { AreaSchools, Catchment, Feeders, RankedSchool, SchoolAreas, SchoolFeature } from "./types";

export type Collection = GeoJSON.FeatureCollection<GeoJSON.Geometry>;
export type Point = [number, number];

export const NOTHING: Collection = { type: "FeatureCollection", features: [] };

export function collection(features: GeoJSON.Feature<GeoJSON.Geometry>[]): Collection {
  return features.length > 0 ? { type: "FeatureCollection", features } : NOTHING;
}

/** The schools that pass, as symbols, the small ones last and so on top; those of another stage stand behind. */
export function schoolPoints(schools: readonly SchoolFeature[], filters: Filters, stage: string): Collection {
  const bySize = [...schools].sort((a, b) => (b.properties.pupils ?? 0) - (a.properties.pupils ?? 0));
  return collection(
    bySize.flatMap(({ id, geometry, properties }) => {
      if (!geometry || !passes(properties, filters)) return [];
      const { name, phase, pupils, stages, status } = properties;
      const front = status !== "closed" && (stage === "" || stages.includes(stage));
      const drawn = { id, name, symbol: symbolName(phase), pupils: pupils ?? 0, front };
      return [{ type: "Feature" as const, geometry, properties: drawn }];
    }),
  );
}

/** Symbols of some schools in front of all others. */
export function pickedPoints(
  picked: readonly Pick<RankedSchool, "id" | "name" | "lon" | "lat" | "phase">[],
  known: ReadonlyMap<string, SchoolFeature>,
): Collection {
  return collection(
    picked.flatMap(({ id, name, lon, lat, phase }) => {
      if (lon === null || lat === null) return [];
      const of = known.get(id)?.properties;
      const drawn = { id, name, symbol: symbolName(of?.phase ?? phase), pupils: of?.pupils ?? 0, front: true };
      return [point([lon, lat], drawn)];
    }),
  );
}

/** Where half and nine tenths of the shown pupils live within, around the school. */
export function reachRings({ school, reach }: SchoolAreas): Collection {
  const { lon, lat } = school;
  if (lon === null || lat === null) return NOTHING;
  const rings: [number | null, string][] = [
    [reach.median_m, "half"],
    [reach.p90_m, "most"],
  ];
  return collection(
    rings.flatMap(([metres, ring]) => {
      if (metres === null || metres <= 0) return [];
      const round = circle(lon, lat, metres);
      return [line(closed(round), { ring })];
    }),
  );
}

/** The ring that the last distances of all years lie in, around a school; nothing of one year alone. */
export function bandOfYears({ properties }: Catchment, school: SchoolFeature | undefined): GeoJSON.Feature<GeoJSON.Geometry>[] {
  const [lon, lat] = school?.geometry?.coordinates ?? [];
  const { least_m, most_m } = properties.last ?? { least_m: null, most_m: null };
  if (lon === undefined || lat === undefined || least_m === null || most_m === null || most_m <= least_m) return [];
  const [outer, inner] = [closed(circle(lon, lat, most_m)), closed(circle(lon, lat, least_m)).reverse()];
  return [{ type: "Feature", geometry: { type: "Polygon", coordinates: [outer, inner] }, properties: { band: true } }];
}

function closed(round: Point[]): Point[] {
  return [...round, ...round.slice(0, 1)];
}

/** Where the lines of an area's schools begin: at the place that was asked for, or in the middle. */
export function origin(answer: AreaSchools, drawn: readonly Point[] = []): Point | null {
  if (answer.place) return [answer.place.lon, answer.place.lat];
  const shape = drawnShape(drawn);
  if (shape !== NOTHING) return middle(shape);
  return answer.outline ? middle(answer.outline) : null;
}

/** A line from a place to each of its schools, as strong as their part of its pupils. */
export function schoolLines(answer: AreaSchools, most: number, drawn: readonly Point[] = []): Collection {
  const from = origin(answer, drawn);
  // Schools that are only near get no line: nobody is known to go there.
  if (!from || answer.flows === null) return NOTHING;
  const largest = Math.max(1, ...answer.schools.map(({ pupils }) => pupils ?? 0));
  const lines = answer.schools.slice(0, most).flatMap(({ id, lon, lat, pupils }) => {
    if (lon === null || lat === null) return [];
    const strength = pupils === null ? 0 : pupils / largest;
    return [line([from, [lon, lat]], { id, strength, hidden: pupils === null })];
  });
  return collection(lines.reverse());
}

/** Where a school, its home areas and their districts lie: a district in the middle of its home areas. */
export function homePlaces({ school, areas }: SchoolAreas): ReadonlyMap<string, Point> {
  const places = new Map<string, Point>();
  const districts = new Map<string, Point[]>();
  for (const { geometry, properties } of areas.features) {
    const at = geometry && labelPoint(geometry as Geometry);
    if (!at) continue;
    places.set(`area:${properties.id}`, at);
    districts.set(properties.district, [...(districts.get(properties.district) ?? []), at]);
  }
  for (const [name, points] of districts) {
    const mean = (side: 0 | 1): number => points.reduce((sum, each) => sum + each[side], 0) / points.length;
    places.set(`district ${name}`, [mean(0), mean(1)]);
  }
  if (school.lon !== null && school.lat !== null) places.set(`school:${school.id}`, [school.lon, school.lat]);
  return places;
}

/** A line for every way that pupils come, between nodes whose place is known. */
export function feederLines({ nodes, links }: Feeders, known: ReadonlyMap<string, Point>): Collection {
  const places = new Map(
    nodes.map((node) => [node.id, placed(node) ?? known.get(node.id) ?? known.get(`${node.kind} ${node.name}`) ?? null]),
  );
  const largest = Math.max(1, ...links.map(({ pupils }) => pupils ?? 0));
  return collection(
    links.flatMap(({ source, target, pupils }) => {
      const [from, to] = [places.get(source), places.get(target)];
      if (!from || !to || (from[0] === to[0] && from[1] === to[1])) return [];
      return [line([from, to], { id: source, strength: pupils === null ? 0 : pupils / largest, hidden: pupils === null })];
    }),
  );
}

/** Everything of an answer's outline, and the place that was asked for. */
export function placeShapes({ outline, place }: AreaSchools): Collection {
  const areas = outline ? featuresOf(outline) : [];
  const shapes = areas.map((area) => ({ ...area, properties: { many: areas.length > 1 } }));
  return collection(place ? [...shapes, point([place.lon, place.lat], { place: true })] : shapes);
}

export function featuresOf(shape: GeoJSON.GeoJSON): GeoJSON.Feature<GeoJSON.Geometry>[] {
  switch (shape.type) {
    case "FeatureCollection":
      return shape.features.filter(({ geometry }) => geometry !== null);
    case "Feature":
      return shape.geometry ? [shape] : [];
    default:
      return [{ type: "Feature", geometry: shape, properties: {} }];
  }
}

/** A shape of the drawn corners. */
export function drawnShape(corners: readonly Point[]): Collection {
  if (corners.length < 3) return NOTHING;
  const ring = [...corners, ...corners.slice(0, 1)];
  return collection([{ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: {} }]);
}

function middle(shape: GeoJSON.GeoJSON): Point | null {
  const geometries = featuresOf(shape).map(({ geometry }) => geometry);
  return labelPoint({ type: "GeometryCollection", geometries } as Geometry);
}

function placed(node: { lon?: number | null; lat?: number | null }): Point | null {
  return typeof node.lon === "number" && typeof node.lat === "number" ? [node.lon, node.lat] : null;
}

function point(coordinates: Point, properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature<GeoJSON.Geometry> {
  return { type: "Feature", geometry: { type: "Point", coordinates }, properties };
}

function line(coordinates: Point[], properties: GeoJSON.GeoJsonProperties): GeoJSON.Feature<GeoJSON.Geometry> {
  return { type: "Feature", geometry: { type: "LineString", coordinates }, properties };
}
