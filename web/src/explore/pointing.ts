/** What lies under the pointer: a feature, a cell of the heat map, or an area. */

import type { MapMouseEvent, Map as MapLibre } from "maplibre-gl";
import type { Cells, Dataset, Value } from "../api/types";
import { cellAt, cellKm2 } from "../map/scale";
import { indexOfSource, isDataLayer } from "../map/subject";
import type { Shown } from "../state/subjects";
import { brief, whole } from "../text/format";
import type { Manner } from "../text/words";
import { calm, noun } from "../text/words";
import type { AreaRow, Areas } from "./areas.svelte";
import type { Rates } from "./rates";

export interface Pointed {
  x: number;
  y: number;
  title: string;
  detail: string;
  feature: { dataset: string; id: string } | null;
}

/** A heat map and what it counts. */
export interface Crowd {
  cells: Cells;
  dataset: Dataset;
}

/** What is drawn in the map that is pointed at. */
export interface Scene {
  city: string;
  shown: readonly Shown[];
  crowd: Crowd | null;
  areas: Areas;
  rates: Rates;
  manner: Manner;
}

/** Half the side of the square in which a feature is found, in pixels. */
const REACH_PX = 4;

/** What lies under the pointer: a feature before a cell, a cell before an area. */
export function pointedAt(map: MapLibre, { point, lngLat }: MapMouseEvent, scene: Scene): Pointed | null {
  const { shown, crowd, rates, manner } = scene;
  const at = { x: point.x, y: point.y };
  const layers = map.getStyle().layers.map(({ id }) => id);
  const [first] = map.queryRenderedFeatures(
    [
      [point.x - REACH_PX, point.y - REACH_PX],
      [point.x + REACH_PX, point.y + REACH_PX],
    ],
    { layers: layers.filter(isDataLayer) },
  );
  if (first) {
    const dataset = shown.find(({ index }) => index === indexOfSource(first.source))?.dataset;
    if (dataset) return { ...at, ...described(dataset, first.properties), feature: identified(dataset, first) };
  }
  if (crowd) {
    const found = cellUnder(crowd.cells, lngLat.lng, lngLat.lat);
    if (!found) return null;
    const rate = brief(rates.perArea(crowd.dataset.id, found.count, found.km2), manner.locale);
    const title = `${whole(found.count, manner.locale)} ${noun(crowd.dataset.title)}`;
    return { ...at, title, detail: `${rate} ${rates.areaUnit} in this square`, feature: null };
  }
  return layers.includes("shading-fill") ? areaUnder(map, at, scene) : null;
}

function areaUnder(
  map: MapLibre,
  at: { x: number; y: number },
  { areas, city, manner, rates }: Scene,
): Pointed | null {
  const [first] = map.queryRenderedFeatures([at.x, at.y], { layers: ["shading-fill"] });
  const boundary = areas.shading(city, rates)?.boundary;
  const key = boundary?.roles.key;
  const row = first && key ? areas.row(city, String(first.properties[key])) : undefined;
  if (!row || !first || !boundary) return null;
  const detail = areaDetail(row, areas, rates, manner);
  return { ...at, title: calm(row.name), detail, feature: identified(boundary, first) };
}

/** `1,234 · 5.6 per 1,000 people`; an average stands alone. */
function areaDetail(row: AreaRow, areas: Areas, rates: Rates, { locale }: Manner): string {
  if (row.count === null) return "no number";
  const unit = areas.unit(rates, locale);
  if (areas.basis === "none") return `${brief(row.count, locale)} ${unit || "rows"}`;
  return `${whole(row.count, locale)} · ${brief(areas.rate(row, rates), locale)} ${unit}`;
}

function described(dataset: Dataset, properties: Record<string, unknown>): { title: string; detail: string } {
  const { label, category } = dataset.roles;
  const text = (field: string | null): string => {
    const value = field ? (properties[field] as Value | undefined) : null;
    return value === null || value === undefined ? "" : calm(String(value));
  };
  const [name, kind] = [text(label), text(category)];
  return { title: name || kind || dataset.title, detail: name && kind !== name ? kind : "" };
}

/** A feature is called by its key where the dataset has one, else by the number of its row. */
function identified(
  dataset: Dataset,
  { id, properties }: { id?: string | number | undefined; properties: Record<string, unknown> },
): Pointed["feature"] {
  const own = (dataset.roles.key && properties[dataset.roles.key]) ?? id;
  return own === undefined || own === null ? null : { dataset: dataset.id, id: String(own) };
}

function cellUnder(
  { level, cells }: Cells,
  lon: number,
  lat: number,
): { count: number; km2: number } | null {
  const [column, row] = cellAt(level, lon, lat);
  const found = cells.find(([x, y]) => x === column && y === row);
  return found ? { count: found[2], km2: cellKm2(level, row) } : null;
}
