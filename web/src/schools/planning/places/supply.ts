/** Places and pupils: the bands of utilisation, what a person's own rule asks for, and how rows are put in order. */

import type { Params } from "../../../api/client";
import { sentence } from "../../../text/words";
import type { Forecast, ForecastError, PlaceRow, Rule, UseBand } from "../api";
import type { Table } from "../table";

/** Bands from empty to full: categories of Okabe and Ito. */
export const BANDS: readonly { band: UseBand; name: string; colour: string }[] = [
  { band: "under", name: "underused", colour: "#0072B2" },
  { band: "efficient", name: "within the rule’s range", colour: "#009E73" },
  { band: "over", name: "overcrowded", colour: "#D55E00" },
  { band: "unknown", name: "not known", colour: "#8A9299" },
];

/** The rule that a person fills in. */
export const OWN_RULE = "own";
const INPUT = "rule_";

/** The inputs of a person's own rule that stand in the address, by their ids. */
export function ownInputs(chosen: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(chosen)
      .filter(([name, value]) => name.startsWith(INPUT) && value !== "" && Number.isFinite(Number(value)))
      .map(([name, value]) => [name.slice(INPUT.length), Number(value)]),
  );
}

/** The name that an input has in the address. */
export function inputName(id: string): string {
  return INPUT + id;
}

/** What the node is asked for: the rule, and with the person's own its inputs. */
export function placesParams(stage: string, by: string, year: string, rule: string, inputs: Readonly<Record<string, number>>): Params {
  const own = rule === OWN_RULE ? Object.entries(inputs).map(([id, value]) => [id, String(value)] as const) : [];
  return [["stage", stage], ["by", by], ["year", year], ["rule", rule], ...own];
}

/** Whose pupils to come are asked for: those of a school, of an area, or of the whole city. */
export function forecastParams({ of, by, stage }: { of: string; by: "school" | "area"; stage: string }): Params {
  if (of === "") return [["all", "1"], ["stage", stage]];
  return by === "school" ? [["school", of]] : [["area", of], ["stage", stage]];
}

/** An input as it is used: the person's value, else the rule's own. */
export function inputValue(rule: Rule, id: string, inputs: Readonly<Record<string, number>>): number {
  return inputs[id] ?? rule.inputs.find((input) => input.id === id)?.value ?? 0;
}

export type Order = "surplus" | "short" | "utilisation" | "name";

/** Rows in an order; those whose number is not known come last. */
export function inOrder(rows: readonly PlaceRow[], order: Order): PlaceRow[] {
  if (order === "name") return rows.toSorted((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const measure = (row: PlaceRow): number | null =>
    order === "utilisation" ? row.utilisation : order === "short" && row.surplus !== null ? -row.surplus : row.surplus;
  return rows.toSorted((a, b) => (measure(b) ?? -Infinity) - (measure(a) ?? -Infinity) || a.name.localeCompare(b.name));
}

/** How many rows are in each band. */
export function bandCounts(rows: readonly PlaceRow[]): Record<UseBand, number> {
  const counts: Record<UseBand, number> = { under: 0, efficient: 0, over: 0, unknown: 0 };
  for (const { band } of rows) counts[band] += 1;
  return counts;
}

export interface TestedMethod {
  method: string;
  baseline: boolean;
  /** By years ahead. */
  errors: Map<number, ForecastError>;
}

/** The back-test as a table: a row for each method, a column for each number of years ahead. */
export function backTest(errors: readonly ForecastError[]): { years: number[]; methods: TestedMethod[] } {
  const years = [...new Set(errors.map(({ years_ahead }) => years_ahead))].sort((a, b) => a - b);
  const methods = new Map<string, TestedMethod>();
  for (const each of errors) {
    const row = methods.get(each.method) ?? { method: each.method, baseline: each.baseline, errors: new Map() };
    row.errors.set(each.years_ahead, each);
    methods.set(each.method, row);
  }
  return { years, methods: [...methods.values()] };
}

/** Errors by what was forecast, in the order they came. */
export function bySubject(errors: readonly ForecastError[]): [string, ForecastError[]][] {
  const subjects = new Map<string, ForecastError[]>();
  for (const each of errors) subjects.set(each.subject, [...(subjects.get(each.subject) ?? []), each]);
  return [...subjects];
}

/** A sentence without the notes at its end: they stand by themselves. */
export function withoutNotes(words: string, notes: readonly string[]): string {
  return notes.reduce((rest, note) => rest.replace(note, ""), words).replace(/\s+/g, " ").trim();
}

/** The method with the least error at so many years ahead. */
export function bestMethod(methods: readonly TestedMethod[], years: number): string | null {
  const known = methods.flatMap(({ method, errors }) => {
    const error = errors.get(years)?.error;
    return error === null || error === undefined ? [] : [{ method, error }];
  });
  return known.toSorted((a, b) => a.error - b.error)[0]?.method ?? null;
}

export function placeTable(rows: readonly PlaceRow[]): Table {
  return {
    columns: [
      { name: "name", label: "Name", kind: "text" },
      { name: "id", label: "Id", kind: "text" },
      { name: "pupils", label: "Pupils", kind: "count" },
      { name: "capacity", label: "Places", kind: "count" },
      { name: "capacity_year", label: "Places as of", kind: "plain" },
      { name: "surplus", label: "Left or short", kind: "signed" },
      { name: "utilisation", label: "Used", kind: "share" },
      { name: "band", label: "Band", kind: "text" },
      { name: "forms_of_entry_gap", label: "Forms needed", kind: "signed" },
    ],
    rows: rows.map((row) => [
      row.name, row.id, row.pupils, row.capacity, row.capacity_year, row.surplus, row.utilisation,
      BANDS.find(({ band }) => band === row.band)?.name ?? row.band, row.forms_of_entry_gap,
    ]),
  };
}

/** Lines of variants, the order of which is that of the answer: categories of Okabe and Ito. */
export const VARIANT_COLOURS: readonly string[] = ["#D55E00", "#009E73", "#CC79A7", "#8A9299"];

export function forecastTable({ observed, forecast, variants }: Forecast): Table {
  const told = variants.map(({ pupils }) => new Map(pupils.map((point) => [point.year, point.pupils])));
  return {
    columns: [
      { name: "year", label: "Year", kind: "plain" },
      { name: "pupils", label: "Pupils", kind: "count" },
      { name: "status", label: "", kind: "text" },
      { name: "low_80", label: "80 % from", kind: "count" },
      { name: "high_80", label: "to", kind: "count" },
      { name: "low_95", label: "95 % from", kind: "count" },
      { name: "high_95", label: "to", kind: "count" },
      ...variants.map(({ title }, i) => ({ name: `variant_${i + 1}`, label: sentence(title), kind: "count" as const })),
    ],
    rows: [
      ...observed.map(({ year, pupils }) => [year, pupils, "counted", null, null, null, null, ...told.map(() => null)]),
      ...forecast.map(({ year, median, low80, high80, low95, high95 }) => [
        year, median, "modelled", low80, high80, low95, high95, ...told.map((points) => points.get(year) ?? null),
      ]),
    ],
  };
}
