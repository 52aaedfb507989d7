/** Requests of those who plan school places: what-if, supply, access, the model, layers, checks. */

import type { Params } from "../../api/client";
import { get, queryString, send } from "../../api/client";
import type { SourceOf } from "../types";

interface Answer {
  /** One sentence for a resident. */
  words: string;
  sources: SourceOf[];
}

/** A GeoJSON position, longitude first. */
export type LonLat = [number, number];

export interface Ring {
  type: "Polygon";
  coordinates: LonLat[][];
}

// What if

export type Change =
  | { do: "close"; school: string }
  | { do: "open"; name: string; lon: number; lat: number; places: number; like: string | null }
  | { do: "merge"; schools: string[]; into: string }
  | { do: "resize"; school: string; places: number }
  | { do: "zone"; school: string; zone: Ring }
  | { do: "homes"; lon: number; lat: number; homes: number; pupils_per_home: number };

/** What a school does that is full: it takes whoever comes, or no more than it has places for. */
export type Full = "report" | "hold";

export interface Receiving {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  before: number;
  after: number;
  capacity: number | null;
  capacity_year: number | null;
  /** Pupils beyond its places after the change. */
  over: number;
}

/** Pupils of a group among those who move, beside the group's share in the city. */
export interface GroupShare {
  group: string;
  /** What the groups part pupils by: `Deprivation of the home area`. */
  title: string;
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
  /** Pupils of new homes. */
  added: number;
  /** A number below it is not told. */
  hidden_below: number;
  extra_m_mean: number | null;
  extra_m_total: number | null;
  unplaced: number;
  receiving: Receiving[];
  /** Schools that stay and have fewer pupils, those that lose most first. */
  losing: Receiving[];
  who: GroupShare[];
  areas: { type: "FeatureCollection"; features: MovedArea[] };
  solved_ms: number;
  assumptions: string[];
}

export interface ReplayedSchool {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  before: number | null;
  /** Pupils more than before: by the model, if all chose, in truth, and if the named schools took everybody. */
  predicted: number | null;
  chosen: number | null;
  happened: number | null;
  naive: number | null;
}

export interface BeforeChanges extends Answer {
  flows: string;
  stage: string;
  modelled: boolean;
  areas: number;
  schools: number;
  pupils: number;
}

/** Errors in pupils a school: of the model, if all chose, if the named schools took everybody, and if nobody came. */
export interface ReplayFit {
  schools: number;
  error: number | null;
  error_choice: number | null;
  error_naive: number | null;
  error_unchanged: number | null;
}

export interface Replay extends Answer {
  stage: string;
  year: number;
  closed: { id: string; name: string; lon: number | null; lat: number | null; pupils: number | null }[];
  receiving: ReplayedSchool[];
  fit: ReplayFit;
  assumptions: string[];
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
  /** Where the rule is written; empty for a person's own. */
  source: string;
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
  capacity_year: number | null;
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
  year: number;
  /** Years that can be asked for, the newest first. */
  years: number[];
  /** What must be known to read the numbers; `words` ends with them. */
  notes: string[];
  rules: Rule[];
  rule: string;
  rows: PlaceRow[];
  totals: Partial<Record<"capacity" | "pupils" | "surplus" | "surplus_share" | "unfilled_share" | "utilisation" | UseBand, number | null>>;
}

export interface ForecastError {
  /** What was forecast: schools, areas, the whole city, those who start. */
  subject: string;
  years_ahead: number;
  method: string;
  /** A simple method to hold the forecast against. */
  baseline: boolean;
  error: number | null;
  bias: number | null;
  coverage95: number | null;
  note: string;
}

export interface Forecast extends Answer {
  subject: string;
  run: string | null;
  how_to_run: { model: string; title: string; inputs: Record<string, string>; parameters: Record<string, number | string | boolean>; missing: string[] } | null;
  observed: { year: number; pupils: number }[];
  forecast: ForecastPoint[];
  /** Other courses that it may take, each with the years that it tells of. */
  variants: { title: string; pupils: { year: number; pupils: number }[] }[];
  errors: ForecastError[];
  /** The same of those who start school. */
  entry_errors: ForecastError[];
}

// Access

export type AccessMethod = "nearest" | "2sfca" | "e2sfca";

/** Along streets, or straight lines times a factor. */
export type AccessWay = "streets" | "straight";

/** How far distances, or minutes, are from those that somebody else worked out. */
export interface AccessCheck {
  against: string;
  what: "metres" | "minutes";
  way: AccessWay;
  median_error: number | null;
  rows: number;
}

export interface Access extends Answer {
  areas_dataset: string;
  way: AccessWay;
  factor: number;
  /** What the city's pack names for ways; whether they can be gone along. */
  streets: { usable: boolean } | null;
  unit: string;
  values: { id: string; name?: string; value: number | null; lon: number | null; lat: number | null }[];
  classes: number[];
  gini: number | null;
  /** The same without the areas near the edge. */
  gini_inside: number | null;
  groups: { group: string; label: string; children: number | null; mean: number | null; share_beyond_walk: number | null }[];
  edge: { buffer_m: number; areas_affected: number } | null;
  checks: AccessCheck[];
  /** Paragraphs. */
  how: string[];
}

// The model

export interface Fit {
  cpc: number | null;
  r2: number | null;
  mean_m: number | null;
}

export interface Model extends Answer {
  flows: string;
  stage: string;
  year: number;
  pupils_shown: number;
  fit: Fit & {
    mean_observed_m: number | null;
    crossing: number | null;
    crossing_observed: number | null;
    nearest: number | null;
    nearest_observed: number | null;
  };
  /** With the pupils that are not shown, as the model expects them. */
  all_pupils: { pupils: number; mean_m: number | null; words: string };
  baselines: (Fit & { name: string })[];
  terms: { kind: string; name: string; decay_per_km: number; attraction: number; mean_m: number | null; schools: number }[];
  /** What an area and a school together add: `times` as many pupils. */
  pair_terms: { term: string; name: string; coefficient: number; times: number }[];
  seconds: number;
  how: string;
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
  /** More about it, in words; empty for most. */
  note: string;
}

/** How old a dataset is, and whether a newer one of its kind is loaded. */
export interface Vintage {
  dataset: string;
  title: string;
  vintage: string;
  superseded_by: string | null;
  why: string;
}

export interface Validation extends Answer {
  as_of: Vintage[];
  lacking: string[];
  checked_at: string;
  passed: number;
  failed: number;
  checks: Check[];
}

function path(city: string, rest: string, params: Params = []): string {
  return `/api/schools/${encodeURIComponent(city)}/${rest}${queryString(params.filter(([, value]) => value !== ""))}`;
}

/** What a file of a known layout was found to be, and what became of it. */
export interface Brought {
  words: string;
  dataset: string;
  title: string;
  rows: number;
  vintage: string;
  attribution: string;
  found: string[];
  warnings: string[];
  areas: { dataset: string; areas: number; found: number }[];
  loaded: { rows: number; left_out: number; blanked: number } | null;
}

/** One part of a city's atlas: what there is of it, and what to do about the rest. */
export interface Part {
  id: string;
  title: string;
  unlocks: string;
  state: "ready" | "partly" | "lacking" | "wrong";
  words: string;
  advice: string;
}

export const planning = {
  async layouts(signal?: AbortSignal): Promise<{ id: string; words: string }[]> {
    return (await get<{ layouts: { id: string; words: string }[] }>("/api/schools/imports", signal)).layouts;
  },

  /** Look at a file; load it only where that is said. */
  bring(city: string, file: File, loads: boolean): Promise<Brought> {
    const headers = { "content-type": "application/octet-stream", "x-file-name": encodeURIComponent(file.name) };
    return send("POST", `${path(city, "imports")}${queryString(loads ? [["load", "true"]] : [])}`, { body: file, headers });
  },

  whatIf(city: string, asked: { flows: string; stage: string; changes: Change[]; full: Full }, signal?: AbortSignal): Promise<WhatIf> {
    return send("POST", path(city, "what-if"), { json: asked, signal });
  },

  /** What changes begin from: once it is there, every question of the stage is quick. */
  beforeChanges(city: string, asked: { flows: string; stage: string }, signal?: AbortSignal): Promise<BeforeChanges> {
    return get(path(city, "what-if", [["flows", asked.flows], ["stage", asked.stage]]), signal);
  },

  replay(city: string, signal?: AbortSignal): Promise<Replay> {
    return get(path(city, "what-if/replay"), signal);
  },

  places(city: string, params: Params, signal?: AbortSignal): Promise<Places> {
    return get(planning.placesPath(city, params), signal);
  },

  placesPath(city: string, params: Params): string {
    return path(city, "places", params);
  },

  forecast(city: string, params: Params, signal?: AbortSignal): Promise<Forecast> {
    return get(path(city, "forecast", params), signal);
  },

  access(city: string, params: Params, signal?: AbortSignal): Promise<Access> {
    return get(planning.accessPath(city, params), signal);
  },

  accessPath(city: string, params: Params): string {
    return path(city, "access", params);
  },

  model(city: string, flows: string, signal?: AbortSignal): Promise<Model> {
    return get(planning.modelPath(city, flows), signal);
  },

  modelPath(city: string, flows: string): string {
    return path(city, "model", [["flows", flows]]);
  },

  async layers(city: string, signal?: AbortSignal): Promise<LayerInfo[]> {
    return (await get<{ layers: LayerInfo[] }>(path(city, "layers"), signal)).layers;
  },

  layer(city: string, id: string, signal?: AbortSignal): Promise<LayerValues> {
    return get(planning.layerPath(city, id), signal);
  },

  layerPair(city: string, a: string, b: string, signal?: AbortSignal): Promise<LayerPair> {
    return get(planning.layerPath(city, a, b), signal);
  },

  layerPath(city: string, a: string, b = ""): string {
    return path(city, `layers/${encodeURIComponent(a)}`, [["with", b]]);
  },

  validation(city: string, signal?: AbortSignal): Promise<Validation> {
    return get(path(city, "validation"), signal);
  },

  /** What the city's atlas has, part by part, and how what it lacks is added. */
  async parts(city: string, signal?: AbortSignal): Promise<Part[]> {
    return (await get<{ parts: Part[] }>(path(city, "parts"), signal)).parts;
  },
};
