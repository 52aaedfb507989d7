/** What a person is looking at: the whole of it stands in the address bar. */

import type { AllianceView } from "./alliance";
import { ALLIANCE_START } from "./alliance";
import type { PeopleView } from "./people";
import { PEOPLE_START } from "./people";
import type { SchoolsView } from "./schools";
import { SCHOOLS_START } from "./schools";
import type { ThinkView } from "./think";
import { THINK_START } from "./think";

export type Page = "explore" | "catalogue" | "dataset" | "think" | "schools" | "alliance" | "people";
export type Tab = "summary" | "table" | "chart";

/** A city's id, or `both`. */
export type Scope = string;
export const BOTH: Scope = "both";

/** Rows whose text fields contain every word or "quoted phrase". */
export interface TextFilter {
  kind: "text";
  words: string;
}

/** Rows whose field has one of the values. */
export interface ValuesFilter {
  kind: "values";
  field: string;
  values: string[];
}

/** Rows whose number or date lies between two limits, both included; `null` is open. */
export interface RangeFilter {
  kind: "range";
  field: string;
  min: string | null;
  max: string | null;
}

/** A condition in CQL2 text that came with a link and has no control of its own here. */
export interface ExpressionFilter {
  kind: "expression";
  cql: string;
}

export type Filter = TextFilter | ValuesFilter | RangeFilter | ExpressionFilter;

/** One dataset on the screen, with the filters that are its own. */
export interface Layer {
  dataset: string;
  filters: Filter[];
}

/** Within so many metres of a point. */
export interface NearPlace {
  kind: "near";
  city: string;
  lon: number;
  lat: number;
  metres: number;
  label: string;
}

/** Inside one area of a boundary set. */
export interface AreaPlace {
  kind: "area";
  city: string;
  boundary: string;
  id: string;
  label: string;
}

/** Inside a shape drawn on the map: its corners, not closed. */
export interface ShapePlace {
  kind: "shape";
  city: string;
  corners: [number, number][];
}

export type Place = NearPlace | AreaPlace | ShapePlace;

/**
 * First and last moment, both included, in each city's own clock: `2018-03-01` (the whole day) or
 * `2018-03-01T14:30`. `null` is open.
 */
export interface Time {
  start: string | null;
  end: string | null;
}

/** Where one city's map looks: its centre in degrees, and MapLibre's zoom. */
export interface Camera {
  lat: number;
  lon: number;
  zoom: number;
}

/** What is shown of the numbers of aggregates; empty: what their unit asks for. */
export type Choice = "" | "sum" | "avg" | "count";

export interface View {
  page: Page;
  scope: Scope;
  layers: Layer[];
  /** Which layer the panel speaks of: an index into `layers`. */
  focus: number;
  places: Place[];
  time: Time | null;
  tab: Tab;
  /** The panel takes the larger part of the screen. */
  wide: boolean;
  /** Field the table is sorted by, with `-` before it for descending; empty is the map's order. */
  sort: string;
  /** Colour the features by dataset, or by the dataset's own categories. */
  colour: "dataset" | "category";
  measure: Choice;
  /** Boundary dataset each city is counted by, instead of points and cells. */
  areas: Record<string, string>;
  cameras: Record<string, Camera>;
  /** The feature whose card is open. */
  feature: { dataset: string; id: string } | null;
  /** The dataset page's dataset. */
  about: string;
  /** What is searched in the catalogue, and on which shelf. */
  find: string;
  theme: string;
  /** Which screen of the models and runs, and what is chosen on it. */
  think: ThinkView;
  /** Which screen of the schools atlas, and what is chosen on it. */
  schools: SchoolsView;
  /** Which screen of the partners and agreements, and what is chosen on it. */
  alliance: AllianceView;
  /** Which page about people and what they may, and what is chosen on it. */
  people: PeopleView;
}

export const INITIAL: View = {
  page: "explore",
  scope: "chicago",
  layers: [],
  focus: 0,
  places: [],
  time: null,
  tab: "summary",
  wide: false,
  sort: "",
  colour: "dataset",
  measure: "",
  areas: {},
  cameras: {},
  feature: null,
  about: "",
  find: "",
  theme: "",
  think: THINK_START,
  schools: SCHOOLS_START,
  alliance: ALLIANCE_START,
  people: PEOPLE_START,
};

/** Id of the city that publishes a dataset: the part before the first dot. */
export function cityOf(dataset: string): string {
  return dataset.split(".", 1)[0] ?? "";
}

/** Whether a city is on the screen. */
export function shows(scope: Scope, city: string): boolean {
  return scope === BOTH || scope === city;
}
