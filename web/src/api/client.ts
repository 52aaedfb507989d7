/** Every request the app makes. All of them go to the node that served the page. */

import type {
  Aggregate,
  Cells,
  City,
  Counted,
  Dataset,
  Explanation,
  Feature,
  HistoryEntry,
  Items,
  Phrase,
  PlaceMatch,
  Problem,
  Rejects,
  Suggestion,
} from "./types";

/** Parameters of a query in the node's URL dialect, in order; a name may stand more than once. */
export type Params = readonly (readonly [string, string])[];

/** What went wrong, and what to do about it, in the node's own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly advice: string;

  constructor(status: number, message: string, advice = "") {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.advice = advice;
  }
}

/** The part of a URL behind `?`, readable: commas, colons and slashes need no escape there. */
export function queryString(params: Params): string {
  const pairs = params.map(([name, value]) => `${escape(name)}=${escape(value)}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|3A|2F)/g, (code) => decodeURIComponent(code));
}

/** Path of one resource of a dataset, with its query. */
export function collectionPath(dataset: string, resource: string, params: Params = []): string {
  const tail = resource === "" ? "" : `/${resource}`;
  return `/collections/${encodeURIComponent(dataset)}${tail}${queryString(params)}`;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const headers = { accept: "application/json, application/geo+json" };
  return (await (await ask(path, { headers }, signal)).json()) as T;
}

/** What goes with a request that changes something. */
export interface Sent {
  json?: unknown;
  body?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Ask for a change; an answer without content is `undefined`. */
export async function send<T>(method: "POST" | "PATCH" | "DELETE", path: string, sent: Sent): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", ...sent.headers };
  const options: RequestInit = { method, headers };
  if (sent.json !== undefined) {
    headers["content-type"] = "application/json";
    options.body = JSON.stringify(sent.json);
  } else if (sent.body) {
    options.body = sent.body;
  }
  const text = await (await ask(path, options, sent.signal)).text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function ask(path: string, options: RequestInit, signal?: AbortSignal): Promise<Response> {
  if (signal) options.signal = signal;
  let response: Response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server did not answer.", "Check that it is running, then try again.");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    const message = problem.detail ?? problem.title ?? response.statusText;
    return new ApiError(response.status, message, problem.advice ?? "");
  } catch {
    return new ApiError(response.status, `The server answered ${response.status}.`, "Try again.");
  }
}

export const api = {
  async cities(signal?: AbortSignal): Promise<City[]> {
    return (await get<{ cities: City[] }>("/api/cities", signal)).cities;
  },

  async datasets(signal?: AbortSignal): Promise<Dataset[]> {
    const { datasets } = await get<{ datasets: Described[] }>("/api/datasets", signal);
    return datasets.map(complete);
  },

  phrase(text: string, scope: string, signal?: AbortSignal): Promise<Phrase> {
    return get(`/api/phrase${queryString([["q", text], ["city", scope]])}`, signal);
  },

  async suggest(text: string, scope: string, signal?: AbortSignal): Promise<Suggestion[]> {
    const path = `/api/suggest${queryString([["q", text], ["city", scope]])}`;
    return (await get<{ suggestions: Suggestion[] }>(path, signal)).suggestions;
  },

  async places(text: string, city: string, signal?: AbortSignal): Promise<PlaceMatch[]> {
    const path = `/api/places${queryString([["q", text], ["city", city]])}`;
    return (await get<{ places: PlaceMatch[] }>(path, signal)).places;
  },

  count(dataset: string, params: Params, signal?: AbortSignal): Promise<Counted> {
    return get(collectionPath(dataset, "count", params), signal);
  },

  cells(dataset: string, params: Params, signal?: AbortSignal): Promise<Cells> {
    return get(collectionPath(dataset, "cells", params), signal);
  },

  aggregate(dataset: string, params: Params, signal?: AbortSignal): Promise<Aggregate> {
    return get(collectionPath(dataset, "aggregate", params), signal);
  },

  items(dataset: string, params: Params, signal?: AbortSignal): Promise<Items> {
    return get(collectionPath(dataset, "items", [...params, ["f", "geojson"]]), signal);
  },

  /** The page behind this one; its link pins the version, so no row is skipped or seen twice. */
  async nextItems({ links }: Items, signal?: AbortSignal): Promise<Items | null> {
    const next = links.find(({ rel }) => rel === "next");
    if (!next) return null;
    const { pathname, search } = new URL(next.href, location.href);
    return get(pathname + search, signal);
  },

  item(dataset: string, id: string, signal?: AbortSignal): Promise<Feature> {
    return get(collectionPath(dataset, `items/${encodeURIComponent(id)}`), signal);
  },

  explain(dataset: string, params: Params, signal?: AbortSignal): Promise<Explanation> {
    return get(collectionPath(dataset, "explain", params), signal);
  },

  rejects(dataset: string, params: Params, signal?: AbortSignal): Promise<Rejects> {
    return get(collectionPath(dataset, "rejects", params), signal);
  },

  async history(dataset: string, signal?: AbortSignal): Promise<HistoryEntry[]> {
    const path = collectionPath(dataset, "history");
    return (await get<{ versions: HistoryEntry[] }>(path, signal)).versions;
  },
};

/** A dataset as the node describes it: what only a loaded one has is `null` until then. */
type Described = { [K in keyof Dataset]: Dataset[K] | (K extends WhenLoaded ? null : never) };
type WhenLoaded = "geometry" | "rows" | "placed" | "left_out" | "blanked";

function complete(described: Described): Dataset {
  const { geometry, rows, placed, left_out, blanked } = described;
  return {
    ...described,
    geometry: geometry ?? "none",
    rows: rows ?? 0,
    placed: placed ?? 0,
    left_out: left_out ?? 0,
    blanked: blanked ?? 0,
  };
}
