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
  /** The node's short name for what went wrong (`sign-in-needed`); empty when it gave none. */
  readonly kind: string;
  /** The part of what was sent that is at fault. */
  readonly part: string;
  /** Seconds until it is worth asking again; zero when the node said nothing of it. */
  readonly waitS: number;

  constructor(status: number, message: string, advice = "", more: { kind?: string; part?: string; waitS?: number } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.advice = advice;
    this.kind = more.kind ?? "";
    this.part = more.part ?? "";
    this.waitS = more.waitS ?? 0;
  }
}

/** What every change in a session needs, and who is told when the node takes us for somebody else. */
export const session = {
  /** `csrf` of `/api/me`; `null` while nobody is signed in. */
  csrf: null as string | null,
  /** Ask the node anew who we are. */
  renew: async (): Promise<void> => {},
};

/** Who is told that the partner who holds a dataset did not answer. */
export const partners = {
  lost: (_dataset: string): void => {},
};

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

export type Change = "POST" | "PUT" | "PATCH" | "DELETE";

/** Ask for a change; an answer without content is `undefined`. */
export async function send<T>(method: Change, path: string, sent: Sent): Promise<T> {
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
  const response = await attempt(path, options, signal);
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.kind === "peer-down") partners.lost(datasetOf(path));
  const before = session.csrf;
  // Signed in anew in another tab, the session has another word; or it is over, and we are nobody.
  if (problem.kind === "csrf" || (before !== null && (problem.status === 401 || problem.status === 403))) {
    await session.renew();
  }
  if (problem.kind !== "csrf" || session.csrf === before) throw problem;
  const again = await attempt(path, options, signal);
  if (!again.ok) throw await problemOf(again);
  return again;
}

/** The dataset whose resource a path names; empty when it is another path. */
function datasetOf(path: string): string {
  return decodeURIComponent(/^\/collections\/([^/?]+)/.exec(path)?.[1] ?? "");
}

async function attempt(path: string, options: RequestInit, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers(options.headers);
  if (options.method !== undefined && session.csrf !== null) headers.set("x-csrf-token", session.csrf);
  try {
    return await fetch(path, { ...options, headers, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "The server did not answer.", "Check that it is running, then try again.");
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const waitS = Number(response.headers.get("retry-after")) || 0;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    const message = problem.detail ?? problem.title ?? response.statusText;
    const kind = problem.type?.split("#")[1] ?? "";
    return new ApiError(response.status, message, problem.advice ?? "", { kind, part: problem.part ?? "", waitS });
  } catch {
    return new ApiError(response.status, `The server answered ${response.status}.`, "Try again.", { waitS });
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
  const { geometry, rows, placed, left_out, blanked, node } = described;
  return {
    ...described,
    geometry: geometry ?? "none",
    rows: rows ?? 0,
    placed: placed ?? 0,
    left_out: left_out ?? 0,
    blanked: blanked ?? 0,
    node: node ?? null,
  };
}
