/** What the node answers about schools, as its HTTP surface promises it. Distances are in metres. */

import type { Licence } from "../api/types";
import type { OfferSeries } from "./offers";

/** How a number came to be: counted, held back because it is small, or worked out by a model. */
export type Status = "shown" | "hidden" | "modelled" | "unknown" | (string & {});

/** A number of pupils, or what may be said of one that is held back. */
export interface Counted {
  pupils: number | null;
  at_least: number | null;
  at_most: number | null;
  status: Status;
}

export interface SourceOf {
  dataset: string;
  title: string;
  publisher: string;
  licence: Licence;
  attribution: string;
  vintage: string;
  as_of: string | null;
  source_time: string | null;
  synthetic: boolean;
  modelled: boolean;
  notice?: string;
  conditions?: string[];
}

export interface Stage {
  id: string;
  name: string;
  phases: string[];
  year_groups: [number, number];
  ages: [number, number];
  walking: { from_age: number; metres: number }[];
  /** Where its pupils live is worked out by a model, as far as nobody counted them. */
  modelled: boolean;
}

/** How a school year is written: 2015-16, or, where it lies in one calendar year, 2015. */
export type SchoolYear = "across" | "calendar";

export interface FlowSet {
  id: string;
  stage: string;
  year: number;
  title: string;
  areas: string[];
}

/** What there is of a city's atlas. */
export interface SchoolsCity {
  id: string;
  name: string;
  school_year: SchoolYear;
  stages: Stage[];
  flows: FlowSet[];
  zones: { dataset: string; stage: string }[];
  /** Datasets of last distances offered. */
  last_distances: string[];
  sources: SourceOf[];
  lacking: string[];
}

export interface SchoolProperties {
  name: string;
  phase: string;
  stages: string[];
  kind: string;
  governance: string;
  gender: string;
  faith: string;
  admissions: string;
  status: string;
  pupils: number | null;
  capacity: number | null;
  has_flows: boolean;
}

export interface SchoolFeature {
  type: "Feature";
  id: string;
  geometry: GeoJSON.Point | null;
  properties: SchoolProperties;
}

export interface SchoolSet {
  type: "FeatureCollection";
  features: SchoolFeature[];
  placeless: (Partial<SchoolProperties> & { id: string; name: string })[];
  sources: SourceOf[];
}

/** The numbers that are held back, together. */
export interface HiddenSum {
  areas?: number | null;
  schools?: number | null;
  pupils_at_least: number | null;
  pupils_at_most: number | null;
}

export interface HomeArea extends Counted {
  id: string;
  name: string;
  district: string;
  share_of_school: number | null;
  share_of_area: number | null;
  rank: number | null;
  tier: number | null;
  distance_m: number | null;
}

export type HomeAreaFeature = GeoJSON.Feature<GeoJSON.Geometry | null, HomeArea>;

export interface SchoolAreas {
  school: { id: string; name: string; lon: number | null; lat: number | null };
  flows: string;
  year: number | null;
  stage: string;
  modelled: boolean;
  hidden_below: number;
  total: number | null;
  shown: number;
  homeless: number;
  hidden: HiddenSum;
  reach: { median_m: number | null; p90_m: number | null; areas_50: number | null; areas_80: number | null };
  words: string;
  areas: { type: "FeatureCollection"; features: HomeAreaFeature[] };
  sources: SourceOf[];
}

export interface RankedSchool extends Counted {
  id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  phase: string;
  kind: string;
  share: number | null;
  distance_m: number | null;
  rank: number | null;
  zoned: boolean;
}

/** Said of a place and the zones around it, and nothing else. */
export type ZoneResult = "inside zone" | "outside zone" | "no zone used" | "no data" | "near the edge";

/** Where no flows are known, `flows` is `null` and so is every number. */
export interface AreaSchools {
  areas: { id: string; name: string }[];
  place: { label: string; lon: number; lat: number } | null;
  flows: string | null;
  year: number | null;
  stage: string;
  modelled?: boolean;
  hidden_below?: number;
  total: number | null;
  shown: number | null;
  hidden: HiddenSum | null;
  words: string;
  schools: RankedSchool[];
  outline: GeoJSON.GeoJSON | null;
  result: ZoneResult;
  zones: { id: string; school_id: string; name: string; stage: string }[];
  sources: SourceOf[];
}

export interface CatchmentProperties {
  method: string;
  q: number;
  parts: number | null;
  holes_filled: number | null;
  area_km2: number | null;
  coverage: number | null;
  median_m: number | null;
  p90_m: number | null;
  areas: number | null;
  words: string;
  result_words?: string;
  /** Of a last distance: its years. */
  last?: OfferSeries;
  sources?: SourceOf[];
}

export interface Catchment {
  type: "Feature";
  geometry: GeoJSON.Geometry | null;
  properties: CatchmentProperties;
  sources?: SourceOf[];
}

export interface FeederNode {
  id: string;
  name: string;
  kind: "area" | "district" | "school" | (string & {});
  lon?: number | null;
  lat?: number | null;
}

export interface FeederLink extends Counted {
  source: string;
  target: string;
}

export interface Feeders {
  nodes: FeederNode[];
  links: FeederLink[];
  words: string;
  sources: SourceOf[];
}

export interface Fact {
  id: string;
  label: string;
  value: string | number | boolean | null;
  unit: string;
  year: string | number | null;
  source: string;
}

export interface Measure {
  id: string;
  label: string;
  value: number | null;
  status: Status;
  /** What the source says instead of a number. */
  words: string;
  unit: string;
  year: string | number | null;
  cohort: string | null;
  city: number | null;
  city_schools: number;
  similar: number | null;
  similar_schools: number;
  /** Empty, or `neutral` where neither way is better. */
  higher_is: string;
  source: string;
}

export interface Related {
  id: string;
  name: string;
  kind: string;
  date: string | null;
  done?: boolean;
}

export interface Programme {
  programme: string;
  grades: string | null;
  admissions: string | null;
  selection: string | null;
  year: number | null;
}

export interface YearOfPupils {
  year: number;
  pupils: number | null;
}

export interface SchoolCard {
  id: string;
  name: string;
  open?: boolean;
  facts: Fact[];
  measures: Measure[];
  series: YearOfPupils[];
  succession: { before: Related[]; after: Related[]; heirs?: { id: string; name: string }[]; notes: string[] };
  similar: { id: string; name: string; distance_m: number | null; why: string }[];
  similar_how?: string;
  programmes: Programme[];
  sources?: SourceOf[];
  stale: { what: string; as_of: string; why: string }[];
}

export interface Comparison {
  schools: SchoolCard[];
  measures: string[];
  labels?: Record<string, string>;
  sources?: SourceOf[];
}
