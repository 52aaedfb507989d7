/** What the node answers, as the HTTP surface promises it. */

export type FieldType =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "date"
  | "datetime"
  | "geometry";

export type GeometryKind = "point" | "line" | "polygon" | "mixed" | "none";

export type Value = string | number | boolean | null;

/** West, south, east, north in degrees (WGS84). */
export type Box = [number, number, number, number];

export interface BoundarySet {
  name: string;
  dataset: string;
  singular: string;
  valid_from: string | null;
  valid_to: string | null;
}

export interface City {
  id: string;
  name: string;
  country: string;
  time_zone: string;
  bounds: Box;
  region: Box;
  locale: string;
  units: "metric" | "imperial";
  boundaries: BoundarySet[];
}

export interface Field {
  name: string;
  type: FieldType;
  title: string;
  unit: string;
  description: string;
  extra: boolean;
  enum: string[];
}

export interface Roles {
  key: string | null;
  time: string | null;
  category: string | null;
  label: string | null;
  value: string | null;
  search: string[];
}

/** How the numbers of a dataset whose rows are aggregates add up; a field's name is empty when it has none. */
export interface Amount {
  kind: "flow" | "stock" | "rate" | "";
  period: string;
  area: string;
  parent: string;
  apart: string[];
  unit: string;
  words: string;
}

export interface Licence {
  id: string;
  title: string;
  url: string;
  attribution: string;
}

export interface Access {
  kind: "open" | "part" | "statistics" | "closed";
  /** What the rules on the data change in every answer, in words. */
  conditions: string[];
  reason: string;
}

/** The partner's node that holds a dataset. */
export interface HoldingNode {
  id: string;
  title: string;
  answers: boolean;
  seen_at: string | null;
}

export interface Source {
  origin: string;
  kind: "mirror" | "live" | "file" | "modelled" | "synthetic";
  source_time: string | null;
  reading: Record<string, string>;
}

export interface Dataset {
  id: string;
  city: string;
  title: string;
  summary: string;
  theme: string;
  standard: string | null;
  geometry: GeometryKind;
  rows: number;
  placed: number;
  left_out: number;
  blanked: number;
  bbox: Box | null;
  time_extent: [string, string] | null;
  fields: Field[];
  roles: Roles;
  amount: Amount | null;
  aliases: string[];
  basemap: "water" | "park" | "rail" | "street" | "boundary" | null;
  publisher: string;
  licence: Licence;
  attribution: string;
  frequency: string;
  vintage: string;
  notes: string;
  source: Source | null;
  committed_at: string | null;
  version: number | null;
  synthetic: boolean;
  modelled: boolean;
  loaded: boolean;
  access: Access;
  /** `null` for what this node holds itself. */
  node: HoldingNode | null;
}

export interface Counted {
  count: number;
  placed: number;
}

export interface Cells {
  level: number;
  /** Column, row (south of the top left corner) and rows in it, on the 2^level grid. */
  cells: [number, number, number][];
  numberMatched: number;
  unplaced: number;
}

export interface Aggregate {
  groups: string[];
  measures: string[];
  rows: Record<string, Value>[];
  numberMatched: number;
  version: number;
}

export type Geometry =
  | { type: "Point"; coordinates: number[] }
  | { type: "MultiPoint" | "LineString"; coordinates: number[][] }
  | { type: "MultiLineString" | "Polygon"; coordinates: number[][][] }
  | { type: "MultiPolygon"; coordinates: number[][][][] }
  | { type: "GeometryCollection"; geometries: Geometry[] };

export interface Feature {
  type: "Feature";
  id: string | number;
  geometry: Geometry | null;
  properties: Record<string, Value>;
}

export interface Link {
  rel: string;
  href: string;
  type?: string;
}

export interface Items {
  features: Feature[];
  numberMatched: number;
  numberReturned: number;
  links: Link[];
}

export interface Explanation {
  count: number;
  without: { parameter: string; label: string; count: number }[];
  newest: string | null;
  nearest: { params: Record<string, string>; label: string; count: number } | null;
}

export type ChipKind = "dataset" | "text" | "field" | "near" | "in" | "time" | "limit";

export interface PhraseChip {
  kind: ChipKind;
  label: string;
  start: number;
  end: number;
}

export interface Phrase {
  chips: PhraseChip[];
  queries: { dataset: string; params: Record<string, string | string[]>; url: string }[];
  unread: string[];
  hints: string[];
}

export interface Suggestion {
  text: string;
  kind: "dataset" | "place" | "value" | "time" | "example";
  label: string;
  detail: string;
}

export interface PlaceMatch {
  name: string;
  kind: string;
  lon: number;
  lat: number;
  area: { boundary: string; id: string } | null;
  dataset: string;
}

export interface Reject {
  row: number;
  field: string;
  value: string;
  reason: string;
  action: string;
}

export interface Rejects {
  rejects: Reject[];
  left_out: number;
  blanked: number;
  links: Link[];
}

export interface HistoryEntry {
  version: number;
  committed_at: string;
  rows: number;
  left_out: number;
  blanked: number;
}

export interface Problem {
  /** Ends with `#` and the kind of problem. */
  type: string;
  title: string;
  status: number;
  detail: string;
  part?: string;
  advice?: string;
}
