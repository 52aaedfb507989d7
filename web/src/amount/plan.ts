/**
 * How one layer of aggregates is added up: which measure, of which rows, in which words.
 *
 * A row of such a table is a sum already (so many crimes in a borough and a month). Before rows are
 * put together, one of several measures is chosen, one period of a stock, and areas that are wholes
 * of others stay out. Every picture of the layer and its headline go by the same plan.
 */

import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Amount, City, Dataset, Value } from "../api/types";
import type { Choice } from "../state/view";
import type { TableArea } from "./boundaries";
import { beside, bestSets, boundarySets } from "./boundaries";
import type { Kind, Measure } from "./kinds";
import { kindOfUnit } from "./kinds";
import type { PeriodValue } from "./periods";
import { startOf } from "./periods";

/** Longest list of areas that goes into a question. */
const MOST_NAMED = 400;
/** Plans that are remembered. */
const MOST_KEPT = 200;

/** One thing out of several in a table, with the others that could be chosen. */
export interface Apart {
  field: string;
  value: string;
  values: string[];
}

export interface Plan {
  measure: Measure;
  kind: Kind;
  /** What the answers call the number. */
  column: string;
  /** The field that says when; empty when none does. */
  period: string;
  periods: PeriodValue[];
  /** The one period that is shown of a stock or a rate; `null`: all of them. */
  latest: PeriodValue | null;
  /** Parameters of every question, and those that go over all periods. */
  params: Params;
  across: Params;
  /** What the number counts, in words. */
  words: string;
  unit: string;
  apart: Apart[];
  /** Names of areas that are not added up with the others. */
  leftOut: string[];
  /** The field with the area's code, and the boundary sets that have these codes; best first. */
  area: string;
  sets: string[];
}

/** What a plan is made from. */
export interface Wanted {
  dataset: Dataset;
  city: City;
  params: Params;
  choice: Choice;
}

const plans = new Map<string, Promise<Plan>>();
const tables = new Map<string, Promise<TableArea[]>>();

/** The plan of a layer; `null` when its rows are single things, and are counted. */
export async function planOf(wanted: Wanted, datasets: ReadonlyMap<string, Dataset>): Promise<Plan | null> {
  const { dataset, params, choice } = wanted;
  if (!dataset.amount || !dataset.roles.value) return null;
  const sets = wanted.city.boundaries.map((set) => datasets.get(set.dataset)?.version ?? null);
  return kept(plans, JSON.stringify([dataset.id, dataset.version, params, choice, sets]), () =>
    make(wanted, dataset.amount!, dataset.roles.value!, datasets),
  );
}

async function make(
  { dataset, city, params, choice }: Wanted,
  amount: Amount,
  field: string,
  datasets: ReadonlyMap<string, Dataset>,
): Promise<Plan> {
  const [kinds, areas] = await Promise.all([kindsOf(dataset, amount, params), areasOf(dataset, amount)]);
  const chosen = preferred(kinds, amount);
  const apart = amount.apart.flatMap((name, i): Apart[] => {
    const values = distinct(kinds.filter((each) => agree(each, chosen, i)).map(({ values }) => values[i] ?? ""));
    return values.length > 1 ? [{ field: name, value: chosen.values[i] ?? "", values }] : [];
  });
  const measure = choice !== "" ? choice : chosen.kind === "rate" ? "avg" : "sum";
  const { sets, codes } = dataset.geometry === "none" && amount.area
    ? bestSets(areas, await boundarySets(city, datasets))
    : { sets: [], codes: new Set<string>() };
  const out = namesArea(params, dataset, amount) ? [] : beside(areas, codes);
  const conditions = [...apart.map(({ field: name, value }) => `${name} = ${quote(value)}`), ...without(out, areas, amount.area)];
  const across = withConditions(params, measure === "count" ? [] : conditions);
  const periods = amount.period ? await periodsOf(dataset.id, amount.period, across) : [];
  const latest = measure !== "count" && chosen.kind !== "flow" && periods.length > 1 ? (periods.at(-1) ?? null) : null;
  const type = dataset.fields.find(({ name }) => name === amount.period)?.type;
  const only = latest === null ? [] : [`${amount.period} = ${type === "date" ? `DATE(${quote(String(latest))})` : String(latest)}`];
  return {
    measure,
    kind: chosen.kind,
    column: measure === "count" ? "count" : `${measure}_${field}`,
    period: amount.period,
    periods,
    latest,
    across: [...across, ["measures", measure === "count" ? "count" : `${measure}:${field}`]],
    params: [...withConditions(across, only), ["measures", measure === "count" ? "count" : `${measure}:${field}`]],
    words: measure === "count" ? "rows" : wordsOf(amount, chosen, measure),
    unit: measure === "count" ? "rows" : chosen.unit,
    apart: measure === "count" ? [] : apart,
    leftOut: measure === "count" ? [] : out.map(({ id, name }) => name ?? id),
    area: amount.area,
    sets,
  };
}

/** One combination of the values that stand apart, and how its numbers add up. */
export interface Combination {
  values: string[];
  kind: Kind;
  unit: string;
}

/** What adds up stands before what does not; else the order is that of the alphabet. */
export function preferred(found: readonly Combination[], amount: Amount): Combination {
  const rank = { flow: 0, stock: 1, rate: 2 };
  const sorted = found.toSorted(
    (a, b) => rank[a.kind] - rank[b.kind] || a.values.join("\n").localeCompare(b.values.join("\n")),
  );
  return sorted[0] ?? { values: amount.apart.map(() => ""), kind: amount.kind || "flow", unit: "" };
}

async function kindsOf(dataset: Dataset, amount: Amount, params: Params): Promise<Combination[]> {
  const stored = dataset.fields.find(({ name }) => name === dataset.roles.value)?.unit ?? "";
  if (amount.apart.length === 0) return [{ values: [], kind: amount.kind || kindOfUnit(stored), unit: stored }];
  const by = distinct([...amount.apart, ...(amount.unit ? [amount.unit] : [])]);
  const { rows } = await api.aggregate(dataset.id, [...params, ["by", by.join(",")], ["limit", "1000"]]);
  return rows.map((row) => {
    const unit = amount.unit ? text(row[amount.unit]) : stored;
    return { values: amount.apart.map((name) => text(row[name])), kind: amount.kind || kindOfUnit(unit), unit };
  });
}

/** The areas of a whole table, whatever is filtered. */
function areasOf(dataset: Dataset, { area, parent }: Amount): Promise<TableArea[]> {
  if (!area || dataset.geometry !== "none") return Promise.resolve([]);
  const has = (name: string): boolean => dataset.fields.some((each) => each.name === name);
  const name = has("area_name") ? "area_name" : "";
  return kept(tables, `${dataset.id}@${dataset.version}`, async () => {
    const by = [area, name, parent].filter((each) => each !== "");
    const { rows } = await api.aggregate(dataset.id, [["by", by.join(",")], ["limit", "10000"]]);
    const areas = new Map<string, TableArea>();
    for (const row of rows) {
      const id = text(row[area]);
      areas.set(id, { id, name: optional(row[name]), parent: optional(row[parent]) });
    }
    return [...areas.values()];
  });
}

async function periodsOf(dataset: string, period: string, params: Params): Promise<PeriodValue[]> {
  const { rows } = await api.aggregate(dataset, [...params, ["by", period], ["limit", "10000"]]);
  const values = rows.map((row) => row[period]).filter((value) => typeof value === "string" || typeof value === "number");
  return values.sort((a, b) => startOf(a) - startOf(b));
}

/** What the number counts: `recorded crimes`, `kWh (electricity used at home, total)`. */
export function wordsOf(amount: Amount, { values, unit }: Combination, measure: Measure): string {
  const said = amount.words || unit;
  const kind = values.find((value) => value !== "" && value !== unit) ?? "";
  const plain = said.replaceAll("_", " ");
  const name = kind.replaceAll("_", " ");
  const whole = name === "" || plain === name ? plain : ` ${plain} `.includes(` ${name} `) ? name : `${plain} (${name.charAt(0).toLowerCase()}${name.slice(1)})`;
  return measure === "avg" ? `${whole}, on average` : whole;
}

/** Whether a question names areas itself: then it gets those. */
function namesArea(params: Params, dataset: Dataset, { area, parent }: Amount): boolean {
  const names = [area, parent, "area_name", dataset.roles.label ?? ""].filter((each) => each !== "");
  return params.some(([name, value]) => names.includes(name) || (name === "filter" && names.some((each) => value.includes(each))));
}

function without(out: readonly TableArea[], areas: readonly TableArea[], area: string): string[] {
  if (out.length === 0) return [];
  const gone = new Set(out.map(({ id }) => id));
  const rest = areas.filter(({ id }) => !gone.has(id));
  const [word, named] = out.length <= rest.length ? ["NOT IN", out] : ["IN", rest];
  return named.length <= MOST_NAMED ? [`${area} ${word} (${named.map(({ id }) => quote(id)).join(", ")})`] : [];
}

/** Parameters with further conditions: a question has one `filter`. */
export function withConditions(params: Params, conditions: readonly string[]): Params {
  if (conditions.length === 0) return params;
  const own = params.filter(([name]) => name === "filter").map(([, value]) => value);
  return [...params.filter(([name]) => name !== "filter"), ["filter", [...own, ...conditions].join(" AND ")]];
}

function kept<T>(cache: Map<string, Promise<T>>, key: string, fetcher: () => Promise<T>): Promise<T> {
  let found = cache.get(key);
  if (!found) {
    if (cache.size >= MOST_KEPT) cache.clear();
    found = fetcher();
    cache.set(key, found);
    found.catch(() => cache.delete(key));
  }
  return found;
}

function agree(each: Combination, chosen: Combination, before: number): boolean {
  return each.values.slice(0, before).every((value, i) => value === chosen.values[i]);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort((a, b) => a.localeCompare(b));
}

function text(value: Value | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

function optional(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
