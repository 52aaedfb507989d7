/** What the figures of a population projection are drawn from, fetched from a run. */

import type { Params } from "../../api/client";
import { think } from "../../api/think";
import type { Ages, Point, Row } from "../figures/columns";
import type { BandPoint } from "../figures/bands";
import { readBands } from "../figures/bands";
import { agesByYear, rowsOf, seriesBy, totalBy } from "../figures/columns";
import type { PopulationTables } from "./kinds";

/** What stands for all areas together in tables that have a row for them. */
const ALL = "all";

export interface Totals {
  /** People by area and projected year. */
  byArea: Map<string, Point[]>;
  all: Point[];
  /** Ends of the bands by area; all areas together are under the empty id. */
  bands: Map<string, BandPoint[]>;
  /** How such bands held in the past, in the run's own words. */
  calibration: string;
}

/** People of each area and year, with the bands where there are draws. */
export async function fetchTotals(run: string, tables: PopulationTables, signal: AbortSignal): Promise<Totals> {
  if (tables.bands) return fetchBands(run, tables.bands.name, signal);
  const { people } = tables;
  const value = people.value ?? "";
  const rows = rowsOf(await think.table(run, people.name, [["group", "area_id,year"]], signal));
  return { byArea: seriesBy(rows, "area_id", "year", value), all: totalBy(rows, "year", value), bands: new Map(), calibration: "" };
}

async function fetchBands(run: string, table: string, signal: AbortSignal): Promise<Totals> {
  const params: Params = [
    ["where.measure", "Population"],
    ["columns", "area_id,breakdown,time_period,value,status"],
  ];
  const rows = rowsOf(await think.table(run, table, params, signal));
  const bands = readBands(rows, (row) => (row["area_id"] === ALL ? "" : String(row["area_id"])));
  const medians = [...bands].map(([area, points]) => [area, points.map(({ year, median }) => ({ year, value: median }))] as const);
  const byArea = new Map<string, Point[]>(medians);
  const all = byArea.get("") ?? [];
  byArea.delete("");
  return { byArea, all, bands, calibration: String(rows[0]?.["status"] ?? "") };
}

export interface AgeTables {
  people: Map<number, Ages>;
  low: Map<number, Ages> | null;
  high: Map<number, Ages> | null;
}

/** Single years of age of one area, or of all of them, in every projected year. */
export async function fetchAges(run: string, tables: PopulationTables, area: string, signal: AbortSignal): Promise<AgeTables> {
  const where: Params = area === "" ? [] : [["where.area_id", area]];
  const ask = async (table: { name: string; value: string | null } | null): Promise<Map<number, Ages> | null> => {
    if (!table) return null;
    const answer = await think.table(run, table.name, [...where, ["group", "sex,age,year"]], signal);
    return agesByYear(rowsOf(answer), table.value ?? "");
  };
  // The ends of ages of several areas do not add up to the end of their sum.
  const single = area !== "";
  const [people, low, high] = await Promise.all([
    ask(tables.people),
    single ? ask(tables.low) : null,
    single ? ask(tables.high) : null,
  ]);
  return { people: people ?? new Map<number, Ages>(), low, high };
}

/** Components of change of one area, or of all of them. */
export async function fetchComponents(run: string, table: string, area: string, signal: AbortSignal): Promise<Row[]> {
  const where: Params = area === "" ? [] : [["where.area_id", area]];
  return rowsOf(await think.table(run, table, [...where, ["group", "component,year"]], signal));
}
