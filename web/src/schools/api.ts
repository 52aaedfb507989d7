/** Requests of the schools atlas: the same door as every other one. */

import type { Params } from "../api/client";
import { get, queryString, send } from "../api/client";
import type { Method } from "../state/schools";
import type {
  AreaSchools,
  Catchment,
  Comparison,
  Feeders,
  SchoolAreas,
  SchoolCard,
  SchoolsCity,
  SchoolSet,
} from "./types";

export type Format = "csv" | "geojson" | "parquet";

/** A set of flows, or, where a stage has none, those that a model has worked out for it. */
export interface FlowChoice {
  flows: string;
  stage: string;
  modelled: boolean;
  /** Whether anything, a count or a model, tells where the stage's pupils live. */
  known: boolean;
}

/** What is asked of a place: its flows, or the stage alone where none are known. */
function ofPlace({ flows, stage, known }: FlowChoice): Params {
  return [["flows", flows], ["stage", known ? "" : stage]];
}

const part = encodeURIComponent;

function path(city: string, rest: string, params: Params = []): string {
  return `/api/schools/${part(city)}/${rest}${queryString(params.filter(([, value]) => value !== ""))}`;
}

export const schoolsApi = {
  async cities(signal?: AbortSignal): Promise<SchoolsCity[]> {
    return (await get<{ cities: SchoolsCity[] }>("/api/schools", signal)).cities;
  },

  schools(city: string, signal?: AbortSignal): Promise<SchoolSet> {
    return get(path(city, "schools"), signal);
  },

  card(city: string, school: string, signal?: AbortSignal): Promise<SchoolCard> {
    return get(path(city, `schools/${part(school)}`), signal);
  },

  compare(city: string, schools: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    return get(path(city, "compare", [["schools", schools.join(",")]]), signal);
  },

  homeAreas(city: string, school: string, choice: FlowChoice, signal?: AbortSignal): Promise<SchoolAreas> {
    return get(homeAreasPath(city, school, choice), signal);
  },

  area(city: string, area: string, choice: FlowChoice, signal?: AbortSignal): Promise<AreaSchools> {
    return get(areaPath(city, area, choice), signal);
  },

  at(city: string, where: { lon: number; lat: number } | string, choice: FlowChoice, signal?: AbortSignal): Promise<AreaSchools> {
    const place: Params =
      typeof where === "string" ? [["q", where]] : [["lon", String(where.lon)], ["lat", String(where.lat)]];
    return get(path(city, "at/schools", [...ofPlace(choice), ...place]), signal);
  },

  within(
    city: string,
    corners: readonly [number, number][],
    choice: FlowChoice,
    signal?: AbortSignal,
  ): Promise<AreaSchools> {
    const json = { type: "Polygon", coordinates: [[...corners, ...corners.slice(0, 1)]] };
    return send("POST", path(city, "within/schools", ofPlace(choice)), { json, signal });
  },

  catchment(city: string, school: string, asked: CatchmentAsked, signal?: AbortSignal): Promise<Catchment> {
    return get(catchmentPath(city, school, asked), signal);
  },

  /** The official zones of every school that has one, whole. */
  zones(city: string, flows: string, signal?: AbortSignal): Promise<{ features: GeoJSON.Feature<GeoJSON.Geometry | null>[] }> {
    return get(path(city, "catchments", [["method", "zone"], ["flows", flows]]), signal);
  },

  feeders(city: string, school: string, flows: string, signal?: AbortSignal): Promise<Feeders> {
    return get(path(city, "feeders", [["flows", flows], ["school", school]]), signal);
  },
};

export interface CatchmentAsked {
  method: Method;
  q: number;
  flows: string;
}

/** Address of a school's home areas, as an answer or as a file. */
export function homeAreasPath(city: string, school: string, choice: FlowChoice, format?: Format): string {
  if (choice.modelled) return path(city, "model/flows", [["stage", choice.stage], ["school", school], ["f", format ?? ""]]);
  return path(city, `schools/${part(school)}/areas`, [["flows", choice.flows], ["f", format ?? ""]]);
}

/** Address of an area's schools, as an answer or as a file. */
export function areaPath(city: string, area: string, choice: FlowChoice, format?: Format): string {
  if (choice.modelled) return path(city, "model/flows", [["stage", choice.stage], ["area", area], ["f", format ?? ""]]);
  return path(city, `areas/${part(area)}/schools`, [["flows", choice.flows], ["f", format ?? ""]]);
}

/** Address of a school's catchment, as an answer or as a file. */
export function catchmentPath(city: string, school: string, { method, q, flows }: CatchmentAsked, format?: Format): string {
  const size: Params = method === "zone" || method === "last" ? [] : [["q", String(q)]];
  return path(city, `schools/${part(school)}/catchment`, [["method", method], ...size, ["flows", flows], ["f", format ?? ""]]);
}
