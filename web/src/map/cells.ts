/** The heat map: counts of the global grid as squares on the GPU. Loaded only when it is needed. */

import { MapLibreOverlay } from "@deck.gl/maplibre";
import { SolidPolygonLayer } from "@deck.gl/layers";
import type { Map as MapLibre } from "maplibre-gl";
import type { Cells } from "../api/types";
import { classColours, classOf, rgb } from "./colours";
import { cellBox, cellKm2 } from "./scale";
import { CELLS_BELOW } from "./subject";

/** Part of a cell's side left free, so that neighbours stay apart. */
const GAP = 0.06;
const ALPHA = 215;

type RateOf = (count: number, km2: number) => number;

/** Draws one set of cells in one map. */
export class CellPicture {
  readonly #overlay: MapLibreOverlay;

  constructor(map: MapLibre) {
    this.#overlay = new MapLibreOverlay({ interleaved: true, layers: [] });
    map.addControl(this.#overlay);
  }

  /** Show cells in the classes of their rate, or nothing; `rateOf` takes a count and km2. */
  draw(cells: Cells | null, limits: readonly number[], rateOf: RateOf): void {
    const layers = cells && cells.cells.length > 0 ? [squares(cells, limits, rateOf)] : [];
    this.#overlay.setProps({ layers });
  }

}

function squares({ level, cells }: Cells, limits: readonly number[], rateOf: RateOf): SolidPolygonLayer {
  const palette = classColours(limits.length + 1).map(rgb);
  const corners = new Float64Array(cells.length * 10);
  const starts = new Uint32Array(cells.length + 1);
  const colours = new Uint8Array(cells.length * 5 * 4);
  cells.forEach(([column, row, count], i) => {
    const [west, south, east, north] = cellBox(level, column, row);
    const [dx, dy] = [(east - west) * GAP, (north - south) * GAP];
    const [w, s, e, n] = [west + dx, south + dy, east - dx, north - dy];
    corners.set([w, s, e, s, e, n, w, n, w, s], i * 10);
    starts[i] = i * 5;
    const [r, g, b] = palette[classOf(rateOf(count, cellKm2(level, row)), limits)] ?? [0, 0, 0];
    for (let corner = 0; corner < 5; corner += 1) colours.set([r, g, b, ALPHA], (i * 5 + corner) * 4);
  });
  starts[cells.length] = cells.length * 5;
  const props = {
    id: "cells",
    beforeId: CELLS_BELOW,
    data: {
      length: cells.length,
      startIndices: starts,
      attributes: {
        getPolygon: { value: corners, size: 2 },
        getFillColor: { value: colours, size: 4, normalized: true },
      },
    },
    positionFormat: "XY" as const,
    _normalize: false,
  };
  return new SolidPolygonLayer(props);
}
