/** Areas of a model: their names, and the boundaries that have their codes. */

import { api } from "../api/client";
import type { Run } from "../api/thinkTypes";
import type { Box, City, Dataset } from "../api/types";
import { boxOf } from "../map/geometry";
import { app } from "../state/app.svelte";

/** A boundary dataset that knows the areas of a table. */
export interface Outlines {
  boundary: string;
  /** Id to name, of every area of the set. */
  names: Record<string, string>;
}

/** Sets of more areas are too fine for a projection, and slow to look through. */
const MOST_AREAS = 5_000;

const known = new Map<string, Promise<Record<string, string>>>();

/** Id and name of every area of a boundary dataset. */
export function namesOf(dataset: Dataset): Promise<Record<string, string>> {
  const key = `${dataset.id}@${dataset.version ?? 0}`;
  let names = known.get(key);
  if (!names) {
    names = fetchNames(dataset);
    known.set(key, names);
    names.catch(() => known.delete(key));
  }
  return names;
}

async function fetchNames(dataset: Dataset): Promise<Record<string, string>> {
  const { key, label } = dataset.roles;
  if (!key) return {};
  const groups = label && label !== key ? `${key},${label}` : key;
  const { rows } = await api.aggregate(dataset.id, [["by", groups], ["limit", String(MOST_AREAS)]]);
  return Object.fromEntries(rows.map((row) => [String(row[key]), String((label && row[label]) ?? row[key])]));
}

/** The city's boundary set that has the most of these areas, at least half; else `null`. */
export async function outlinesOf(city: City | undefined, ids: readonly string[]): Promise<Outlines | null> {
  if (!city || ids.length === 0) return null;
  const sets = city.boundaries
    .map(({ dataset }) => app.datasets.get(dataset))
    .filter((set): set is Dataset => set !== undefined && set.loaded && set.rows <= MOST_AREAS)
    .sort((a, b) => Math.abs(a.rows - ids.length) - Math.abs(b.rows - ids.length));
  let best: Outlines | null = null;
  let most = ids.length / 2;
  for (const set of sets) {
    const names = await namesOf(set);
    const found = ids.filter((id) => id in names).length;
    if (found >= most && found > 0 && (best === null || found > most)) {
      best = { boundary: set.id, names };
      most = found;
    }
    if (found === ids.length) break;
  }
  return best;
}

/** More areas than this are looked at with the whole set around them. */
const MOST_NEAR = 40;

/** The box around a few areas of a set; `null` when they are most of it, or many. */
export async function boxAround(set: Dataset, ids: readonly string[]): Promise<Box | null> {
  const { key } = set.roles;
  if (!key || ids.length > MOST_NEAR || ids.length > set.rows / 2) return null;
  const only = ids.map((id) => [key, id] as const);
  const { features } = await api.items(set.id, [...only, ["properties", key], ["limit", String(MOST_NEAR)]]);
  return boxOf({ type: "GeometryCollection", geometries: features.flatMap(({ geometry }) => geometry ?? []) });
}

export interface AreaChoice {
  id: string;
  name: string;
}

/** The areas that a dataset has rows of, by name. */
export async function areasIn(dataset: Dataset, signal?: AbortSignal): Promise<AreaChoice[]> {
  const has = (name: string): boolean => dataset.fields.some((field) => field.name === name);
  if (!has("area_id")) return [];
  const groups = has("area_name") ? "area_id,area_name" : "area_id";
  const { rows } = await api.aggregate(dataset.id, [["by", groups], ["limit", String(MOST_AREAS)]], signal);
  const named = new Map(rows.map((row) => [String(row["area_id"]), row["area_name"]]));
  const ids = [...named.keys()];
  const outlines = [...named.values()].every((name) => name) ? null : await outlinesOf(app.city(dataset.city), ids);
  return ids
    .map((id) => ({ id, name: String(named.get(id) ?? outlines?.names[id] ?? id) }))
    .sort((a, b) => a.name.localeCompare(b.name, app.locale, { numeric: true }));
}

/** What the areas of a run are called, and where their boundaries are. */
export interface Naming {
  names: Readonly<Record<string, string>>;
  /** `null` where no boundaries with these codes are loaded. */
  outlines: Outlines | null;
}

/**
 * The names of a run's areas: those that its tables carry, else those of the boundaries.
 *
 * A single area that nobody names is taken for the city, with its code beside it.
 */
export async function namingOf(run: Run, ids: readonly string[], signal: AbortSignal): Promise<Naming> {
  const city = app.city(run.city);
  const outlines = await outlinesOf(city, ids);
  let names: Record<string, string> = {};
  for (const tables of [run.outputs, run.inputs]) {
    for (const { dataset: id } of Object.values(tables)) {
      if (ids.every((area) => area in names)) break;
      const dataset = id ? app.datasets.get(id) : undefined;
      if (dataset?.loaded) names = { ...(await namedIn(dataset, signal)), ...names };
    }
    names = { ...outlines?.names, ...names };
  }
  const [only] = ids;
  if (only !== undefined && ids.length === 1 && !(only in names)) names[only] = `${city?.name ?? run.city} (${only})`;
  return { names, outlines };
}

/** The names that a dataset itself has for areas; none where it has only codes. */
async function namedIn(dataset: Dataset, signal: AbortSignal): Promise<Record<string, string>> {
  if (!["area_id", "area_name"].every((name) => dataset.fields.some((field) => field.name === name))) return {};
  const { rows } = await api.aggregate(dataset.id, [["by", "area_id,area_name"], ["limit", String(MOST_AREAS)]], signal);
  return Object.fromEntries(rows.flatMap((row) => (row["area_name"] ? [[String(row["area_id"]), String(row["area_name"])]] : [])));
}
