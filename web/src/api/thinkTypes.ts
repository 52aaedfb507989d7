/** What the node answers about models, runs and comparisons. */

import type { Value } from "./types";

export interface ModelSummary {
  id: string;
  version: string;
  title: string;
  summary: string;
  source: string;
}

/** A value of a parameter: `years` are first and last, `areas` are codes (none: all). */
export type ParameterValue = boolean | number | string | (number | string)[];

export type ParameterType = "integer" | "number" | "boolean" | "choice" | "text" | "years" | "areas";

export interface Parameter {
  name: string;
  title: string;
  type: ParameterType;
  default: ParameterValue;
  help: string;
  unit: string;
  minimum: number | null;
  maximum: number | null;
  /** What a choice may be, and in which words. */
  choices: Record<string, string>;
}

export interface ContractField {
  name: string;
  type: string;
  title: string;
  unit: string;
  required: boolean;
  enum: (string | number)[];
  minimum: number | null;
  maximum: number | null;
}

/** What a table must be for a model to take it, or is when a model gives it. */
export interface TableContract {
  name: string;
  title: string;
  description: string;
  required: boolean;
  standard: string | null;
  key: string[];
  /** The one number column; without it rows are records. */
  value: string | null;
  /** Columns of the key of which every combination must be there. */
  complete: string[];
  fields: ContractField[];
}

export interface Model extends ModelSummary {
  parameters: Parameter[];
  needs: TableContract[];
  gives: TableContract[];
}

export interface FieldCoverage {
  name: string;
  title: string;
  required: boolean;
  there: boolean;
}

export interface TableCoverage {
  table: string;
  title: string;
  standard: string | null;
  required: boolean;
  /** Loaded datasets that can be taken, best first. */
  serving: { dataset: string; title: string }[];
  /** Datasets on the standard that are not loaded, or have no such rows. */
  described: string[];
  fields: FieldCoverage[];
  /** What is missing, in a sentence; empty when nothing is. */
  why: string;
  covered: boolean;
}

export interface Coverage {
  model: string;
  city: string;
  runs: boolean;
  percent: number;
  missing: string[];
  tables: TableCoverage[];
}

export interface CheckProblem {
  /** 1-based, the header not counted; `null` for what is not there at all. */
  row: number | null;
  field: string;
  value: string;
  reason: string;
  hint: string;
}

export interface CheckResult {
  ok: boolean;
  rows: number;
  /** What names the checked file as an input of a run. */
  upload: string | null;
  matches: { field: string; column: string; how: string }[];
  unused: string[];
  warnings: string[];
  problem_count: number;
  kinds: { what: string; count: number }[];
  /** The first of them. */
  problems: CheckProblem[];
  problems_url: string | null;
}

export type RunState = "accepted" | "running" | "successful" | "failed" | "dismissed";

/** A snapshot, or a file of one's own, that a run read. */
export interface Pinned {
  /** `null` for an own file. */
  dataset: string | null;
  version: number | null;
  content_hash: string;
  /** The dataset's title, or the file's name. */
  name: string;
}

/** A table that a run gave, committed as a snapshot. */
export interface Output {
  dataset: string;
  version: number;
  content_hash: string;
  /** `null` when that version is no longer kept. */
  rows: number | null;
  title: string;
  key: string[];
  value: string | null;
  href: string;
}

export interface Run {
  id: string;
  model: string;
  model_version: string;
  city: string;
  title: string;
  /** Counts up among the runs of one title, city and model. */
  version: number;
  state: RunState;
  /** 0 to 100. */
  progress: number;
  parameters: Record<string, ParameterValue>;
  inputs: Record<string, Pinned>;
  outputs: Record<string, Output>;
  seed: number | null;
  /** Of a run that failed for its inputs: the list of what is wrong with each. */
  problems: Record<string, string>;
  warnings: string[];
  error: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  who: string;
  code_version: string;
  share: string;
}

export interface RunList {
  runs: Run[];
  total: number;
}

/** Rows of a table, column by column. */
export interface Columns {
  columns: Record<string, Value[]>;
  /** Rows here, and rows there are. */
  rows: number;
  of: number;
  units: Record<string, string>;
}

export interface Difference {
  name: string;
  title: string;
  a: ParameterValue | Pinned | null;
  b: ParameterValue | Pinned | null;
}

export interface Driver {
  component: string;
  a: number;
  b: number;
  difference: number;
}

export interface ComparedTable {
  table: string;
  title: string;
  changed: boolean;
  key: string[];
  value: string | null;
}

export interface Comparison {
  a: Run;
  b: Run;
  /** What differs in model, code, city or title. */
  about: Difference[];
  parameters: Difference[];
  inputs: Difference[];
  same: string[];
  tables: ComparedTable[];
  drivers: Driver[];
}

/** An app and its models. */
export interface AppSummary {
  id: string;
  title: string;
  models: { id: string; title: string }[];
}

/** A table of a model in a city, with what each dataset that can serve holds of it. */
export interface ReplicatedTable {
  table: string;
  title: string;
  standard: string | null;
  required: boolean;
  covered: boolean;
  served_by: { dataset: string; areas: string[]; years: [number, number] | null }[];
  fields: { name: string; required: boolean; there: boolean }[];
}

export interface ReplicatedModel {
  model: string;
  title: string;
  runs: boolean;
  percent: number;
  /** The areas it runs for, in words. */
  for: string;
  areas: { area_id: string; area_name: string | null }[];
  /** Table to the dataset that is taken for it. */
  inputs: Record<string, string>;
  choices: string[];
  /** Tables that a run has to bring a file of. */
  files: string[];
  tables: ReplicatedTable[];
}

export interface MissingField {
  name: string;
  type: string;
  title: string;
  description: string;
  unit: string;
  enum: string[];
  /** What may stand in it, in words. */
  content: string;
}

export interface MissingTable {
  title: string;
  standard: string;
  where: Record<string, string>;
  required: boolean;
  models: string[];
  not_loaded: string[];
  incomplete: string | null;
  situation: string;
  fields: MissingField[];
}

/** An app in a city. */
export interface Replication {
  app: string;
  title: string;
  city: string;
  headline: string;
  runs: boolean;
  areas_in_city: number;
  models: ReplicatedModel[];
  missing: MissingTable[];
}
