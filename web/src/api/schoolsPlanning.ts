/** Requests of those who plan school places: what-if, supply, access, the model, layers, checks. */

import type { Params } from "./client";
import { get, queryString, send } from "./client";
import type { Licence } from "./types";

/** Where an answer's numbers come from. */
export interface Source {
  dataset: string;
  title: string;
  publisher: string;
  licence: Licence;
  attribution: string;
  as_of: string | null;
  source_time: string | null;
  vintage: string;
  synthetic: boolean;
  modelled: boolean;
  conditions?: string[];
}

interface Answer {
  /** One sentence for a resident. */
  words: string;
  sources: Source[];
}

/** A GeoJSON position, longitude first. */
export type LonLat = [number, number];

export interface Ring {
  type: "Polygon";
  coordinates: LonLat[][];
}

// The cities and their schools

export interface Stage {
  id: string;
  name: string;
  ages: [number, number];
  walking: { from_age: number; metres: number }[];
}

export interface FlowSet {
  id: string;
  stage: string;
  year: number;
  title: string;
  areas: string[];
}

export interface AtlasCity {
  id: string;
  name: string;
  stages: Stage[];
  flows: FlowSet[];
  zones: { dataset: string; stage: string }[];
  lacking: string[];
}

/** A school as it can be picked. */
export interface SchoolPoint {
  id: string;
  name: string;
  /** `null` when it has no place on the map. */
  at: LonLat | null;
  stages: string[];
  kind: string;
  status: string;
  pupils: number | null;
  capacity: number | null;
}

interface SchoolProperties {
  id?: string;
  name: string;
  stages?: string[];
  kind?: string;
  status?: string;
  pupils?: number | null;
  capacity?: number | null;
}

interface SchoolCollection {
  features: { id?: string | number; geometry: { coordinates: LonLat } | null; properties: SchoolProperties }[];
  placeless?: (SchoolProperties & { id: string })[];
}

// What if

export type Change =
  | { do: "close"; school: string }
  | { do: "open"; name: string; lon: number; lat: number; places: number; like: string | null }
  | { do: "merge"; schools: string[]; into: string }
  | { do: "resize"; school: string; places: number }
  | { do: "zone"; school: string; zone: Ring }
  | { do: "homes"; lon: number; lat: number; homes: number; pupils_per_home: number };

export interface Receiving {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  before: number;
  after: number;
  capacity: number | null;
  /** Pupils beyond its places after the change. */
  over: number;
}

/** Pupils of a group among those who move, beside the group's share in the city. */
export interface GroupShare {
  group: string;
  label: string;
  pupils: number | null;
  share: number | null;
  city_share: number | null;
}

export interface MovedArea {
  type: "Feature";
  id?: string | number;
  geometry: unknown;
  properties: { id: string; name: string; pupils_moved: number | null; extra_m: number | null };
}

export interface WhatIf extends Answer {
  moved: number;
  extra_m_mean: number | null;
  extra_m_total: number | null;
  unplaced: number;
  receiving: Receiving[];
  who: GroupShare[];
  areas: { type: "FeatureCollection"; features: MovedArea[] };
  solved_ms: number;
  assumptions: string[];
}

export interface ReplayedSchool {
  id: string;
  name: string;
  lon?: number | null;
  lat?: number | null;
  /** Pupils more than the year before. */
  predicted: number | null;
  happened: number | null;
}

export interface Replay extends Answer {
  closed: { id: string; name: string; lon?: number | null; lat?: number | null; pupils?: number | null }[];
  receiving: ReplayedSchool[];
  fit: Record<string, number | null>;
  assumptions?: string[];
}

// Places

export interface RuleInput {
  id: string;
  label: string;
  value: number;
  unit?: string;
  minimum?: number | null;
  maximum?: number | null;
}

export interface Rule {
  id: string;
  title: string;
  formula: string;
  inputs: RuleInput[];
}

export type UseBand = "under" | "efficient" | "over" | "unknown";

export interface ForecastPoint {
  year: number;
  median: number;
  low80: number;
  high80: number;
  low95: number;
  high95: number;
}

export interface PlaceRow {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  capacity: number | null;
  capacity_year: string | number | null;
  pupils: number | null;
  surplus: number | null;
  surplus_share: number | null;
  utilisation: number | null;
  band: UseBand;
  forms_of_entry_gap: number | null;
  forecast: ForecastPoint[] | null;
}

export interface Places extends Answer {
  stage: string;
  year: string | number;
  rules: Rule[];
  rule: string;
  rows: PlaceRow[];
  totals: Partial<Record<"capacity" | "pupils" | "surplus" | "surplus_share" | "utilisation" | UseBand, number | null>>;
}

export interface ForecastError {
  years_ahead: number;
  method: string;
  error: number | null;
  bias: number | null;
  coverage95: number | null;
}

export interface Forecast extends Answer {
  run: string | null;
  how_to_run: { model: string; inputs: Record<string, string>; parameters?: Record<string, number | string | boolean> } | null;
  observed: { year: number; pupils: number }[];
  forecast: ForecastPoint[];
  errors: ForecastError[];
}

// Access

export type AccessMethod = "nearest" | "2sfca" | "e2sfca";

export interface Access extends Answer {
  areas_dataset: string;
  unit: string;
  values: { id: string; name?: string; value: number | null; lon: number | null; lat: number | null }[];
  classes: number[];
  gini: number | null;
  groups: { group: string; label: string; children: number | null; mean: number | null; share_beyond_walk: number | null }[];
  edge: { buffer_m: number; areas_affected: number } | null;
  check: { against: string; median_error: number | null; rows: number } | null;
  how: string;
}

// The model

export interface Fit {
  cpc: number | null;
  r2: number | null;
  mean_m: number | null;
}

export interface Model extends Answer {
  flows: string;
  fit: Fit & { mean_observed_m: number | null; crossing: number | null; nearest: number | null };
  baselines: (Fit & { name: string })[];
  terms: { kind: string; decay_per_km: number; attraction: number; schools: number }[];
  seconds: number;
  how: string;
  by_school?: { id: string; name: string; observed: number | null; modelled: number | null }[];
  by_distance?: { from_m: number; to_m: number | null; observed: number; modelled: number }[];
}

// Layers

export interface LayerInfo {
  id: string;
  title: string;
  unit: string;
  year: string | number | null;
  areas_dataset: string;
  diverging: boolean;
}

export interface LayerValues extends Answer {
  values: { id: string; name?: string; value: number | null }[];
  breaks: number[];
}

export interface LayerPair extends Answer {
  cells: { id: string; name?: string; a: number | null; b: number | null }[];
}

// Checks

export type CheckResult = "passed" | "faults" | "not applicable";

export interface Check {
  id: string;
  title: string;
  what: string;
  result: CheckResult;
  faults: number;
  rows: { text: string; link: string | null }[];
  /** How many rows are listed at most. */
  limit: number | null;
}

export interface Validation extends Answer {
  checked_at: string;
  passed: number;
  failed: number;
  checks: Check[];
}

const ROOT = "/api/schools";

function path(city: string, rest: string, params: Params = []): string {
  return `${ROOT}/${encodeURIComponent(city)}/${rest}${queryString(params.filter(([, value]) => value !== ""))}`;
}

export const planning = {
  async cities(signal?: AbortSignal): Promise<AtlasCity[]> {
    return (await get<{ cities: AtlasCity[] }>(ROOT, signal)).cities;
  },

  async schools(city: string, stage: string, signal?: AbortSignal): Promise<SchoolPoint[]> {
    return schoolPoints(await get(path(city, "schools", [["stage", stage]]), signal));
  },

  whatIf(city: string, asked: { flows: string; stage: string; changes: Change[] }, signal?: AbortSignal): Promise<WhatIf> {
    return send("POST", path(city, "what-if"), { json: asked, signal });
  },

  replay(city: string, signal?: AbortSignal): Promise<Replay> {
    return get(path(city, "what-if/replay"), signal);
  },

  places(city: string, params: Params, signal?: AbortSignal): Promise<Places> {
    return get(path(city, "places", params), signal);
  },

  forecast(city: string, params: Params, signal?: AbortSignal): Promise<Forecast> {
    return get(path(city, "forecast", params), signal);
  },

  access(city: string, params: Params, signal?: AbortSignal): Promise<Access> {
    return get(path(city, "access", params), signal);
  },

  model(city: string, flows: string, signal?: AbortSignal): Promise<Model> {
    return get(path(city, "model", [["flows", flows]]), signal);
  },

  async layers(city: string, signal?: AbortSignal): Promise<LayerInfo[]> {
    return (await get<{ layers: LayerInfo[] }>(path(city, "layers"), signal)).layers;
  },

  layer(city: string, id: string, signal?: AbortSignal): Promise<LayerValues> {
    return get(path(city, `layers/${encodeURIComponent(id)}`), signal);
  },

  layerPair(city: string, a: string, b: string, signal?: AbortSignal): Promise<LayerPair> {
    return get(path(city, `layers/${encodeURIComponent(a)}`, [["with", b]]), signal);
  },

  validation(city: string, signal?: AbortSignal): Promise<Validation> {
    return get(path(city, "validation"), signal);
  },
};

/** Schools of the answer, those without a place last. */
export function schoolPoints({ features, placeless = [] }: SchoolCollection): SchoolPoint[] {
  const point = (id: string, at: LonLat | null, found: SchoolProperties): SchoolPoint => ({
    id,
    name: found.name,
    at,
    stages: found.stages ?? [],
    kind: found.kind ?? "",
    status: found.status ?? "",
    pupils: found.pupils ?? null,
    capacity: found.capacity ?? null,
  });
  return [
    ...features.map(({ id, geometry, properties }) => point(String(properties.id ?? id), geometry?.coordinates ?? null, properties)),
    ...placeless.map((each) => point(each.id, null, each)),
  ];
}
