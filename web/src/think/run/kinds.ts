/** What a run gave, by the shape of its tables: it says which figures fit. */

import type { Model, Run, TableContract } from "../../api/thinkTypes";

export interface PopulationTables {
  /** People by area, sex, age and year; the median of the draws where there are any. */
  people: TableContract;
  /** The ends of the band of 80 % by age. */
  low: TableContract | null;
  high: TableContract | null;
  /** Totals with their bands, as statistics. */
  bands: TableContract | null;
  components: TableContract | null;
}

export interface Shapes {
  population: PopulationTables | null;
  /** Means and quantiles by year and part, small numbers hidden. */
  results: TableContract[];
  /** Statistics with the ends of bands, that no other figure takes. */
  bands: TableContract[];
  /** Everything that the run gave, for the view that fits any table. */
  all: TableContract[];
}

const BY_AGE = ["area_id", "sex", "age", "year"];

/** Tables of a run that figures are made for. */
export function shapesOf(run: Run, model: Model): Shapes {
  const all = model.gives.filter(({ name }) => name in run.outputs);
  const named = (name: string): TableContract | null => all.find((table) => table.name === name) ?? null;
  const people = [named("population"), named("population_median")].find((table) => table && isByAge(table));
  const population: PopulationTables | null = people
    ? {
        people,
        low: named("population_lower_80"),
        high: named("population_upper_80"),
        bands: named("bands"),
        components: named("components_of_change"),
      }
    : null;
  return {
    population,
    results: all.filter((table) => has(table, ["breakdown", "group", "mean", "hidden"])),
    bands: all.filter(
      (table) =>
        table.name !== population?.bands?.name &&
        table.name.endsWith("bands") &&
        has(table, ["area_id", "measure", "breakdown", "time_period", "value"]),
    ),
    all,
  };
}

function has({ fields }: TableContract, names: readonly string[]): boolean {
  return names.every((name) => fields.some((field) => field.name === name));
}

function isByAge({ key, value }: TableContract): boolean {
  return value !== null && BY_AGE.every((name) => key.includes(name));
}

/** The column of a table that holds the year, if any. */
export function yearColumn({ fields }: TableContract): string | null {
  return ["year", "calendar_year", "time_period"].find((name) => fields.some((field) => field.name === name)) ?? null;
}

/** Units whose numbers can be added: shares and rates cannot. */
const ADDS: ReadonlySet<string> = new Set(["people", "households", "dwellings", "children", "births", "deaths", "pupils", "places"]);

/** Ends of bands and medians: those of parts do not add up to that of the whole. */
const QUANTILE = /_(median|(lower|upper)_\d+)$/;

/** Whether the sum of a table's values means something. */
export function adds({ name: table, fields, value }: TableContract): boolean {
  return !QUANTILE.test(table) && ADDS.has(fields.find(({ name }) => name === value)?.unit ?? "");
}
