/** A layer of the view as parameters of the node's URL dialect: the one query behind every picture. */

import type { Params } from "../api/client";
import type { Dataset, Field } from "../api/types";
import { interval, momentAt, position } from "./time";
import type { Filter, Layer, Place, RangeFilter, View } from "./view";
import { cityOf } from "./view";

const DAY_MS = 86_400_000;

type Pair = readonly [string, string];

/** Parameters that mean something else, so that a field of that name is asked for in CQL2. */
const RESERVED = new Set(
  ("bbox bbox-crs datetime near in q filter filter-lang filter-crs properties sortby limit cursor " +
    "as_of crs f measures by level zoom").split(" "),
);

/** What of the view a question leaves out: the slider's histogram must not filter by time. */
export interface Without {
  time?: boolean;
}

/** Everything that filters a layer's rows, as parameters. */
export function queryOf(
  view: View,
  layer: Layer,
  dataset: Dataset,
  without: Without = {},
): Params {
  const pairs: Pair[] = [];
  const conditions: string[] = [];
  for (const filter of layer.filters) addFilter(pairs, conditions, filter, dataset);
  for (const place of view.places) {
    if (place.city === cityOf(layer.dataset)) addPlace(pairs, conditions, place, dataset);
  }
  if (conditions.length > 0) pairs.push(["filter", conditions.join(" AND ")]);
  if (view.time && dataset.roles.time && !without.time) {
    pairs.push(["datetime", interval(view.time)]);
  }
  return pairs;
}

function addFilter(pairs: Pair[], conditions: string[], filter: Filter, dataset: Dataset): void {
  switch (filter.kind) {
    case "text":
      pairs.push(["q", filter.words]);
      break;
    case "values":
      if (RESERVED.has(filter.field)) {
        conditions.push(`${name(filter.field)} IN (${filter.values.map(quote).join(", ")})`);
      } else {
        for (const value of filter.values) pairs.push([filter.field, value]);
      }
      break;
    case "range":
      conditions.push(...limits(filter, dataset.fields.find((f) => f.name === filter.field)));
      break;
    case "expression":
      conditions.push(`(${filter.cql})`);
      break;
  }
}

function limits({ field, min, max }: RangeFilter, of: Field | undefined): string[] {
  const found: string[] = [];
  if (of?.type === "datetime") {
    // Days of a clock: up to, not including, the midnight after the last one.
    if (min !== null) found.push(`${name(field)} >= DATE(${quote(min)})`);
    if (max !== null) found.push(`${name(field)} < DATE(${quote(momentAt(position(max) + DAY_MS))})`);
    return found;
  }
  const write = (value: string): string => (of?.type === "date" ? `DATE(${quote(value)})` : String(Number(value)));
  if (min !== null) found.push(`${name(field)} >= ${write(min)}`);
  if (max !== null) found.push(`${name(field)} <= ${write(max)}`);
  return found;
}

function addPlace(pairs: Pair[], conditions: string[], place: Place, dataset: Dataset): void {
  switch (place.kind) {
    case "near":
      pairs.push(["near", `${place.lon},${place.lat},${place.metres}`]);
      break;
    case "area":
      if (dataset.geometry === "none" && dataset.amount?.area) {
        conditions.push(areaByCode(place.id, dataset));
        break;
      }
      pairs.push(["in", `${place.boundary}:${place.id}`]);
      break;
    case "shape": {
      const ring = [...place.corners, ...place.corners.slice(0, 1)];
      const corners = ring.map(([lon, lat]) => `${lon} ${lat}`).join(", ");
      conditions.push(`S_INTERSECTS(geometry, POLYGON((${corners})))`);
      break;
    }
  }
}

/** A table without places knows an area by its code, or by the code of what it is a part of. */
function areaByCode(id: string, { amount, fields }: Dataset): string {
  const codes = [amount?.area ?? "", "parent_id"].filter((code) => fields.some((field) => field.name === code));
  return `(${codes.map((code) => `${name(code)} = ${quote(id)}`).join(" OR ")})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function name(field: string): string {
  return /^[A-Za-z_]\w*$/.test(field) ? field : `"${field.replaceAll('"', '""')}"`;
}
