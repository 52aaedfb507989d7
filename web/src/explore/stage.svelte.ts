/** What the maps of the screen share: their windows, the heat maps in one set of classes, the linked
 * zoom, and the shape that is being drawn. */

import type { Map as MapLibre } from "maplibre-gl";
import { untrack } from "svelte";
import { api } from "../api/client";
import type { Params } from "../api/client";
import type { Box, Cells, Geometry } from "../api/types";
import { homeCameras } from "../map/camera";
import { Cameras } from "../map/cameras";
import { CATEGORY_LIMIT, quantileLimits } from "../map/colours";
import { Drawing } from "../map/drawing.svelte";
import { cellKm2, cellLevel, snapBox } from "../map/scale";
import { app } from "../state/app.svelte";
import { Loaded, load } from "../state/load.svelte";
import { queryOf } from "../state/query";
import type { Shown } from "../state/subjects";
import { withoutRows } from "../state/subjects";
import { isTableOfAreas } from "./areas.svelte";
import { placeGeometries } from "./placeGeometries";
import { Rates, yearsOf } from "./rates";

/** More points than this in the window are drawn as cells. */
export const CROWD = 20_000;

/** What a city's map shows. */
export interface Window {
  box: Box;
  zoom: number;
}

/** How a layer is drawn: every feature; counts of cells; nothing yet; nothing, it is too crowded. */
export type Picture = "features" | "cells" | "waiting" | "crowded" | "areas";

interface CellRequest {
  index: number;
  dataset: string;
  params: Params;
}

export class Stage {
  windows = $state.raw<Record<string, Window>>({});
  readonly drawing = new Drawing(filterBy);
  readonly cameras = new Cameras((pane) => homeCameras(app.view, app.shownCities, pane, this.#shapes.data ?? {}));

  readonly #crowds: Loaded<Record<number, Cells>>;
  readonly #categories: Loaded<string[]>;
  readonly #shapes: Loaded<Record<string, Geometry[]>>;

  constructor() {
    this.#crowds = load(() => this.#cellRequests(), fetchCells, { delayMs: 60 });
    this.#categories = load(() => categoryRequests(), fetchCategories);
    this.#shapes = load(
      () => app.view.places,
      (places, signal) => placeGeometries(places, app.datasets, signal),
    );
    $effect(() => {
      if (this.#shapes.data) untrack(() => this.cameras.goHome());
    });
  }

  /** Categories of the subject in the order of their colours, when features are coloured by them. */
  categories = $derived.by(() =>
    app.view.colour === "category" ? (this.#categories.data ?? []) : null,
  );

  /** Shapes of the named areas that filter, by city. */
  shapes = $derived.by(() => this.#shapes.data ?? {});

  readonly busy = $derived.by(() => this.#crowds.loading);
  readonly error = $derived.by(() => this.#crowds.error);

  /** Cells of each crowded layer, by its index. */
  cells = $derived.by(() => this.#crowds.data ?? {});

  /** What counts are divided by. */
  rates = $derived.by(
    () => new Rates(yearsOf(app.subject?.shown ?? [], app.view.time, (city) => app.zone(city)), app.units),
  );

  /** Class limits of the subject's density, the same in every city, in the screen's units. */
  limits = $derived.by(() => {
    const densities = (app.subject?.shown ?? []).flatMap(({ index, dataset }) => {
      const found = this.picture(index) === "cells" ? this.cells[index] : undefined;
      if (!found) return [];
      return found.cells.map(([, row, count]) => this.rates.perArea(dataset.id, count, cellKm2(found.level, row)));
    });
    return quantileLimits(densities);
  });

  /** How a layer is drawn now. */
  picture(index: number): Picture {
    const shown = allShown().find((each) => each.index === index);
    if (!shown) return "waiting";
    const focused = app.subject?.shown.some((each) => each.index === index) ?? false;
    if (focused && (app.view.areas[shown.dataset.city] || isTableOfAreas(shown.dataset))) return "areas";
    const partners = partnersOf(shown);
    if (!mayCrowd(partners)) return withoutRows(shown.dataset) ? "waiting" : "features";
    const counts = partners.map((each) => this.cells[each.index]?.numberMatched);
    if (counts.includes(undefined)) return "waiting";
    const fewEnough = counts.every((count) => (count ?? 0) <= CROWD);
    if (fewEnough && !partners.some(({ dataset }) => withoutRows(dataset))) return "features";
    return focused ? "cells" : "crowded";
  }

  join(city: string, map: MapLibre): void {
    this.cameras.join(city, map);
  }

  leave(city: string): void {
    this.cameras.leave(city);
    const { [city]: _, ...windows } = this.windows;
    this.windows = windows;
  }

  /** Take note of what a map shows, now that it rests. */
  rested(city: string): void {
    const map = this.cameras.map(city);
    if (!map) return;
    const bounds = map.getBounds();
    const box: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    this.windows = { ...this.windows, [city]: { box, zoom: map.getZoom() } };
  }

  #cellRequests(): { requests: (CellRequest & { level: number })[] } {
    const requests = allShown().flatMap((shown) => {
      const window = this.windows[shown.dataset.city];
      if (!window || !mayCrowd(partnersOf(shown))) return [];
      const level = cellLevel(window.zoom);
      const box = snapBox(window.box, level).map((value) => value.toFixed(6));
      const filters = queryOf(app.view, shown.layer, shown.dataset);
      const params: Params = [...filters, ["bbox", box.join(",")], ["level", String(level)]];
      return [{ index: shown.index, dataset: shown.dataset.id, params, level }];
    });
    return { requests };
  }
}

function allShown(): Shown[] {
  return app.subjects.flatMap(({ shown }) => shown);
}

/** Layers of points that are compared: they are all drawn in one way. */
function partnersOf(shown: Shown): Shown[] {
  const subject = app.subjects.find((each) => each.shown.some(({ index }) => index === shown.index));
  return shown.dataset.geometry === "point"
    ? (subject?.shown ?? []).filter(({ dataset }) => dataset.geometry === "point")
    : [];
}

/** Whether cells have to be counted: there may be too many points, or none may be had one by one. */
function mayCrowd(partners: readonly Shown[]): boolean {
  return partners.some(({ dataset }) => dataset.placed > CROWD || withoutRows(dataset));
}

async function fetchCells(
  { requests }: { requests: CellRequest[] },
  signal: AbortSignal,
): Promise<Record<number, Cells>> {
  const answers = await Promise.all(
    requests.map(async ({ index, dataset, params }) => [index, await api.cells(dataset, params, signal)] as const),
  );
  return Object.fromEntries(answers);
}

interface CategoryRequest {
  dataset: string;
  field: string;
  params: Params;
}

function categoryRequests(): CategoryRequest[] | null {
  if (app.view.colour !== "category") return null;
  return (app.subject?.shown ?? []).flatMap(({ dataset, layer }) => {
    const field = dataset.roles.category;
    if (!field) return [];
    return [{ dataset: dataset.id, field, params: queryOf(app.view, layer, dataset) }];
  });
}

/** The most frequent values over all cities, as many as there are colours. */
async function fetchCategories(requests: CategoryRequest[], signal: AbortSignal): Promise<string[]> {
  const totals = new Map<string, number>();
  await Promise.all(
    requests.map(async ({ dataset, field, params }) => {
      const query: Params = [...params, ["by", field], ["sortby", "-count"], ["limit", "50"]];
      const { rows, groups } = await api.aggregate(dataset, query, signal);
      const group = groups[0] ?? field;
      for (const row of rows) {
        if (row[group] === null || row[group] === undefined) continue;
        const value = String(row[group]);
        totals.set(value, (totals.get(value) ?? 0) + Number(row["count"]));
      }
    }),
  );
  return [...totals].sort((a, b) => b[1] - a[1]).slice(0, CATEGORY_LIMIT).map(([value]) => value);
}

/** Make what was drawn a filter; it takes the place of an older drawn one in the same city. */
function filterBy(city: string, drawn: readonly (readonly [number, number])[]): void {
  const corners = drawn.map(([lon, lat]): [number, number] => [Number(lon.toFixed(5)), Number(lat.toFixed(5))]);
  const others = app.view.places.filter((place) => place.kind !== "shape" || place.city !== city);
  app.setPlaces([...others, { kind: "shape", city, corners }]);
}
