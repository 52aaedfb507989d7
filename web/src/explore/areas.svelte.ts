/** Areas coloured by how much of the subject lies in each: for each person where the population is
 * known in every city on the screen, else for each square kilometre. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Dataset } from "../api/types";
import type { Area } from "../map/areas";
import { areasOf } from "../map/areas";
import { classColours, classOf, quantileLimits } from "../map/colours";
import type { Shading } from "../map/subject";
import { app } from "../state/app.svelte";
import { Loaded, load } from "../state/load.svelte";
import { queryOf } from "../state/query";
import type { Rates } from "./rates";

export interface AreaRow extends Area {
  dataset: string;
  count: number;
  people: number | null;
}

interface Request {
  dataset: string;
  city: string;
  boundary: string;
  params: Params;
}

type Answer = Record<string, { boundary: string; rows: AreaRow[] }>;

export class Areas {
  readonly #loaded: Loaded<Answer>;

  constructor() {
    this.#loaded = load(requests, fetchAll);
  }

  readonly loading = $derived.by(() => this.#loaded.loading);
  readonly error = $derived.by(() => this.#loaded.error);
  answer = $derived.by(() => this.#loaded.data ?? {});

  /** What the counts are divided by. */
  basis = $derived.by((): "people" | "km2" => {
    const rows = Object.values(this.answer).flatMap((each) => each.rows);
    return rows.length > 0 && rows.every(({ people }) => people !== null) ? "people" : "km2";
  });

  /** Class limits of the areas' rates, the same in every city. */
  limits(rates: Rates): number[] {
    return quantileLimits(Object.values(this.answer).flatMap(({ rows }) => rows.map((row) => this.rate(row, rates))));
  }

  rate({ dataset, count, people, km2 }: AreaRow, rates: Rates): number {
    return this.basis === "people"
      ? rates.perPeople(dataset, count, people ?? 0)
      : rates.perArea(dataset, count, km2);
  }

  unit(rates: Rates, locale: string): string {
    return this.basis === "people" ? rates.peopleUnit(locale) : rates.areaUnit;
  }

  /** The areas of one city in their colours, when it is shown by areas. */
  shading(city: string, rates: Rates): Shading | null {
    const found = this.answer[city];
    const boundary = found && app.datasets.get(found.boundary);
    if (!found || !boundary || app.view.areas[city] !== found.boundary) return null;
    const limits = this.limits(rates);
    const colours = classColours(limits.length + 1);
    const colourOf = new Map(
      found.rows
        .filter(({ count }) => count > 0)
        .map((row) => [row.id, colours[classOf(this.rate(row, rates), limits)] ?? ""]),
    );
    return { boundary, colourOf };
  }

  /** The row of one area, for the pointer. */
  row(city: string, id: string): AreaRow | undefined {
    return this.answer[city]?.rows.find((row) => row.id === id);
  }
}

function requests(): Request[] | null {
  const wanted = (app.subject?.shown ?? []).flatMap(({ dataset, layer }) => {
    const boundary = app.view.areas[dataset.city];
    if (!boundary) return [];
    const params = queryOf(app.view, layer, dataset);
    return [{ dataset: dataset.id, city: dataset.city, boundary, params }];
  });
  return wanted.length > 0 ? wanted : null;
}

async function fetchAll(wanted: Request[], signal: AbortSignal): Promise<Answer> {
  const answers = await Promise.all(wanted.map((each) => fetchOne(each, signal)));
  return Object.fromEntries(answers.map((answer, i) => [wanted[i]?.city ?? "", answer]));
}

async function fetchOne(
  { dataset, city, boundary, params }: Request,
  signal: AbortSignal,
): Promise<Answer[string]> {
  const set = app.datasets.get(boundary);
  if (!set) return { boundary, rows: [] };
  const query: Params = [...params, ["by", `area:${boundary}`], ["limit", "10000"]];
  const [areas, counted] = await Promise.all([areasOf(set), api.aggregate(dataset, query, signal)]);
  const people = await peopleOf(city, areas, signal);
  const group = counted.groups[0] ?? "area";
  const counts = new Map(counted.rows.map((row) => [String(row[group]), Number(row["count"])]));
  return {
    boundary,
    rows: areas.map((area) => ({
      ...area,
      dataset,
      count: counts.get(area.id) ?? 0,
      people: people.get(area.id) ?? null,
    })),
  };
}

const populations = new Map<string, Promise<Map<string, number>>>();

/** People of the areas, by their id, out of the smallest population tables that know them all. */
async function peopleOf(city: string, areas: readonly Area[], signal: AbortSignal): Promise<Map<string, number>> {
  const tables = [...app.datasets.values()]
    .filter((dataset) => isPopulation(dataset, city))
    .sort((a, b) => a.rows - b.rows);
  for (const { id } of tables) {
    const people = await populationOf(id, signal);
    if (areas.every((area) => people.has(area.id))) return people;
  }
  return new Map();
}

function populationOf(dataset: string, signal: AbortSignal): Promise<Map<string, number>> {
  let found = populations.get(dataset);
  if (!found) {
    found = fetchPopulation(dataset, signal);
    populations.set(dataset, found);
    found.catch(() => populations.delete(dataset));
  }
  return found;
}

async function fetchPopulation(dataset: string, signal: AbortSignal): Promise<Map<string, number>> {
  const query: Params = [["properties", "area_id,population"], ["limit", "10000"]];
  const { features } = await api.items(dataset, query, signal);
  return new Map(
    features.flatMap(({ properties: { area_id: id, population } }) =>
      typeof population === "number" ? [[String(id), population] as const] : [],
    ),
  );
}

function isPopulation(dataset: Dataset, city: string): boolean {
  return dataset.city === city && dataset.loaded && (dataset.standard ?? "").startsWith("population@");
}
