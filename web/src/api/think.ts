/** Requests about models, runs and comparisons: the same door as every other one. */

import type { Params } from "./client";
import { get, queryString, send } from "./client";
import type {
  AppSummary,
  CheckResult,
  Columns,
  Comparison,
  Coverage,
  Model,
  ModelSummary,
  ParameterValue,
  Replication,
  Run,
  RunList,
} from "./thinkTypes";

export type ExportFormat = "csv" | "xlsx" | "parquet" | "json";

/** What a run is started with; what is left out is the model's default. */
export interface NewRun {
  model: string;
  city: string;
  title?: string;
  parameters: Record<string, ParameterValue>;
  inputs: Record<string, string>;
}

const part = encodeURIComponent;

export const think = {
  async apps(signal?: AbortSignal): Promise<AppSummary[]> {
    return (await get<{ apps: AppSummary[] }>("/api/apps", signal)).apps;
  },

  /** Whether an app runs in a city, and all that is missing there; without a model, of all of its own. */
  replicate(app: string, city: string, model: string, signal?: AbortSignal): Promise<Replication> {
    return get(replicatePath(app, city, model), signal);
  },

  async models(signal?: AbortSignal): Promise<ModelSummary[]> {
    return (await get<{ models: ModelSummary[] }>("/api/models", signal)).models;
  },

  model(id: string, signal?: AbortSignal): Promise<Model> {
    return get(`/api/models/${part(id)}`, signal);
  },

  coverage(model: string, city: string, signal?: AbortSignal): Promise<Coverage> {
    return get(`/api/models/${part(model)}/coverage${queryString([["city", city]])}`, signal);
  },

  /** Hold a file, or a dataset by its id, against what a table must be. */
  check(model: string, table: string, source: File | string, signal?: AbortSignal): Promise<CheckResult> {
    const path = `/api/models/${part(model)}/tables/${part(table)}/check`;
    if (typeof source === "string") return send("POST", path, { json: { dataset: source }, signal });
    const headers = { "content-type": "application/octet-stream", "x-file-name": part(source.name) };
    return send("POST", path, { body: source, headers, signal });
  },

  start(run: NewRun): Promise<Run> {
    return send("POST", "/api/runs", { json: run });
  },

  runs(params: Params, signal?: AbortSignal): Promise<RunList> {
    return get(`/api/runs${queryString(params)}`, signal);
  },

  run(id: string, signal?: AbortSignal): Promise<Run> {
    return get(`/api/runs/${part(id)}`, signal);
  },

  shared(share: string, signal?: AbortSignal): Promise<Run> {
    return get(`/api/shared/${part(share)}`, signal);
  },

  rename(id: string, title: string): Promise<Run> {
    return send("PATCH", `/api/runs/${part(id)}`, { json: { title } });
  },

  async remove(id: string): Promise<void> {
    await send("DELETE", `/api/runs/${part(id)}`, {});
  },

  dismiss(id: string): Promise<Run> {
    return send("POST", `/api/runs/${part(id)}/dismiss`, {});
  },

  again(id: string): Promise<Run> {
    return send("POST", `/api/runs/${part(id)}/again`, {});
  },

  table(run: string, table: string, params: Params, signal?: AbortSignal): Promise<Columns> {
    return get(`/api/runs/${part(run)}/tables/${part(table)}${queryString(params)}`, signal);
  },

  compare(a: string, b: string, signal?: AbortSignal): Promise<Comparison> {
    return get(`/api/compare${queryString([["a", a], ["b", b]])}`, signal);
  },

  compareTable(a: string, b: string, table: string, params: Params, signal?: AbortSignal): Promise<Columns> {
    const pairs: Params = [["a", a], ["b", b], ["table", table], ...params];
    return get(`/api/compare/table${queryString(pairs)}`, signal);
  },
};

/** Path of an app in a city; as `csv` it is the list of missing fields. */
export function replicatePath(app: string, city: string, model: string, form = ""): string {
  const given: Params = [["city", city], ["model", model], ["f", form]];
  return `/api/apps/${part(app)}/replicate${queryString(given.filter(([, value]) => value !== ""))}`;
}

/** Path of a table to fill in: empty, or with what a dataset has. */
export function templatePath(model: string, table: string, form: "csv" | "xlsx", dataset = ""): string {
  const query = dataset === "" ? "" : queryString([["dataset", dataset]]);
  return `/api/models/${part(model)}/tables/${part(table)}/template.${form}${query}`;
}

/** Path of a run's results as a file; without a table, all of them. */
export function exportPath(run: string, form: ExportFormat, table = ""): string {
  const query = table === "" ? "" : queryString([["table", table]]);
  return `/api/runs/${part(run)}/export.${form}${query}`;
}
