/** Areas coloured by how much of the subject lies in each: for each person where the population is
 * known in every city on the screen, else for each square kilometre. Aggregates are added up, and an
 * average stands for itself. A table without places is drawn on the boundaries that have its codes. */

import type { Plan } from "../amount/plan";
import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Dataset } from "../api/types";
import type { Area } from "../map/areas";
import { areasOf } from "../map/areas";
import { classColours, classOf, quantileLimits } from "../map/colours";
import type { Shading } from "../map/subject";
import { app } from "../state/app.svelte";
import { Loaded, load } from "../state/load.svelte";
import { plan } from "../state/plan";
import { queryOf } from "../state/query";
import type { Choice } from "../state/view";
import { Rates } from "./rates";

/** The unit of a population: as a rate for people it would say nothing. */
const PEOPLE_UNIT = "people";

export interface AreaRow extends Area {
  dataset: string;
  /** What is counted or added up; `null` where there is no number, which is not nought. */
  count: number | null;
  people: number | null;
}

interface Request {
  dataset: string;
  city: string;
  /** The boundary set that was chosen; empty: the one that the table speaks of. */
  chosen: string;
  params: Params;
  choice: Choice;
}

interface Found {
  chosen: string;
  boundary: string;
  rows: AreaRow[];
  plan: Plan | null;
}

type Answer = Record<string, Found>;

/** What the numbers are divided by; an average and a number of rows by nothing. */
export type Basis = "people" | "km2" | "none";

export class Areas {
  readonly #loaded: Loaded<Answer>;

  constructor() {
    this.#loaded = load(requests, fetchAll);
  }

  readonly loading = $derived.by(() => this.#loaded.loading);
  readonly error = $derived.by(() => this.#loaded.error);
  answer = $derived.by(() => this.#loaded.data ?? {});

  /** Whether people themselves are added up. */
  ofPeople = $derived.by(() => Object.values(this.answer).some(({ plan: found }) => found?.unit === PEOPLE_UNIT));

  /** What the counts are divided by. */
  basis = $derived.by((): Basis => {
    const plans = Object.values(this.answer).flatMap((each) => each.plan ?? []);
    if (plans.some(({ measure, sets }) => measure === "avg" || (measure === "count" && sets.length > 0))) return "none";
    if (this.ofPeople) return "km2";
    const rows = Object.values(this.answer).flatMap((each) => each.rows);
    return rows.length > 0 && rows.every(({ people }) => people !== null) ? "people" : "km2";
  });

  /** Class limits of the areas' rates, the same in every city. */
  limits(rates: Rates): number[] {
    const rows = Object.values(this.answer).flatMap((each) => each.rows);
    return quantileLimits(rows.map((row) => this.rate(row, rates)));
  }

  rate({ dataset, count, people, km2 }: AreaRow, rates: Rates): number {
    if (this.basis === "none" || count === null) return count ?? 0;
    const fair = this.#fair(rates);
    return this.basis === "people" ? fair.perPeople(dataset, count, people ?? 0) : fair.perArea(dataset, count, km2);
  }

  /** What is added up, and what it is divided by. */
  unit(rates: Rates, locale: string): string {
    const plans = Object.values(this.answer).flatMap((each) => each.plan ?? []);
    const words = [...new Set(plans.filter(({ measure }) => measure !== "count").map((each) => each.words))].join(", ");
    return [words, this.#per(rates, locale)].filter((part) => part !== "").join(" ");
  }

  #per(rates: Rates, locale: string): string {
    if (this.basis === "none") return "";
    const fair = this.#fair(rates);
    return this.basis === "people" ? fair.peopleUnit(locale) : fair.areaUnit;
  }

  /** People and dwellings are there at a moment: a rate of theirs is never for a year. */
  #fair(rates: Rates): Rates {
    const standing = Object.values(this.answer).some(({ plan: found }) => found && found.kind !== "flow");
    return standing ? new Rates(null, rates.units) : rates;
  }

  /** The areas of one city in their colours, when it is shown by areas. */
  shading(city: string, rates: Rates): Shading | null {
    const found = this.answer[city];
    const boundary = found && app.datasets.get(found.boundary);
    if (!found || !boundary || (app.view.areas[city] ?? "") !== found.chosen) return null;
    const limits = this.limits(rates);
    const colours = classColours(limits.length + 1);
    const colourOf = new Map(
      found.rows
        .filter(({ count }) => count !== null && (count > 0 || found.plan !== null))
        .map((row) => [row.id, colours[classOf(this.rate(row, rates), limits)] ?? ""]),
    );
    return { boundary, colourOf };
  }

  /** The plan by which a city's areas are added up. */
  plan(city: string): Plan | null {
    return this.answer[city]?.plan ?? null;
  }

  /** The row of one area, for the pointer. */
  row(city: string, id: string): AreaRow | undefined {
    return this.answer[city]?.rows.find((row) => row.id === id);
  }
}

function requests(): Request[] | null {
  const wanted = (app.subject?.shown ?? []).flatMap(({ dataset, layer }) => {
    const chosen = app.view.areas[dataset.city] ?? "";
    if (chosen === "" && !isTableOfAreas(dataset)) return [];
    const params = queryOf(app.view, layer, dataset);
    return [{ dataset: dataset.id, city: dataset.city, chosen, params, choice: app.view.measure }];
  });
  return wanted.length > 0 ? wanted : null;
}

/** Whether a dataset has no places of its own, but codes of areas that do. */
export function isTableOfAreas({ geometry, amount }: Dataset): boolean {
  return geometry === "none" && amount !== null && amount.area !== "";
}

async function fetchAll(wanted: Request[], signal: AbortSignal): Promise<Answer> {
  const answers = await Promise.all(wanted.map((each) => fetchOne(each, signal)));
  return Object.fromEntries(answers.map((answer, i) => [wanted[i]?.city ?? "", answer]));
}

async function fetchOne(request: Request, signal: AbortSignal): Promise<Found> {
  const { dataset, city, chosen } = request;
  const found = await plan(request);
  const table = app.datasets.get(dataset);
  const byCode = table !== undefined && isTableOfAreas(table);
  const boundary = byCode ? pick(found?.sets ?? [], chosen) : chosen;
  const set = app.datasets.get(boundary);
  if (!set) return { chosen, boundary, rows: [], plan: found };
  const group = byCode ? (found?.area ?? "") : `area:${boundary}`;
  const query: Params = [...(found?.params ?? request.params), ["by", group], ["limit", "10000"]];
  const [areas, counted] = await Promise.all([areasOf(set), api.aggregate(dataset, query, signal)]);
  const people = await peopleOf(city, areas, signal);
  const by = counted.groups[0] ?? "area";
  const column = found?.column ?? "count";
  const numbers = new Map(counted.rows.map((row) => [String(row[by]), row[column]]));
  const numberOf = (id: string): number | null => {
    const value = numbers.get(id);
    return typeof value === "number" ? value : found ? null : 0;
  };
  const rows = areas.map((area) => ({
    ...area,
    dataset,
    count: numberOf(area.id),
    people: people.get(area.id) ?? null,
  }));
  return { chosen, boundary, rows, plan: found };
}

/** The chosen boundary set where the table has its codes, else the best one. */
function pick(sets: readonly string[], chosen: string): string {
  return sets.includes(chosen) ? chosen : (sets[0] ?? "");
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
