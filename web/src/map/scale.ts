/** The ruler of the maps: web-mercator zoom, metres for each pixel, and the global cell grid. */

import type { Box } from "../api/types";
import type { Camera } from "../state/view";

/** Length of the equator in web mercator, in metres. */
const EQUATOR_M = 40_075_016.686;
/** Side of a tile on the screen, in CSS pixels: MapLibre's zoom is counted from it. */
const TILE_PX = 512;
/** A cell of a heat map is this many halvings of a tile: 8 to 16 pixels wide. */
const CELL_HALVINGS = 6;
const FINEST_LEVEL = 22;

/** Metres on the ground for one CSS pixel. */
export function metresPerPixel(zoom: number, lat: number): number {
  return (EQUATOR_M * Math.cos(radians(lat))) / (TILE_PX * 2 ** zoom);
}

/** The zoom at `toLat` with the same metres for each pixel as `zoom` has at `fromLat`. */
export function linkedZoom(zoom: number, fromLat: number, toLat: number): number {
  return zoom + Math.log2(Math.cos(radians(toLat)) / Math.cos(radians(fromLat)));
}

/** The camera that shows a box whole in a pane of so many pixels. */
export function fit(box: Box, width: number, height: number, padding = 24): Camera {
  const [west, south, east, north] = box;
  const [top, bottom] = [mercatorY(north), mercatorY(south)];
  const across = Math.max((east - west) / 360, 1e-9);
  const down = Math.max(bottom - top, 1e-9);
  const room = (pixels: number): number => Math.max(pixels - 2 * padding, 64) / TILE_PX;
  const zoom = Math.log2(Math.min(room(width) / across, room(height) / down));
  return { lat: latitude((top + bottom) / 2), lon: (west + east) / 2, zoom: Math.min(zoom, 17) };
}

/** Level of the cell grid for a zoom: the grid has 2^level columns around the world. */
export function cellLevel(zoom: number): number {
  return Math.min(FINEST_LEVEL, Math.max(0, Math.floor(zoom) + CELL_HALVINGS));
}

/** West, south, east, north of a cell, in degrees. */
export function cellBox(level: number, column: number, row: number): Box {
  const n = 2 ** level;
  return [
    (column / n) * 360 - 180,
    latitude((row + 1) / n),
    ((column + 1) / n) * 360 - 180,
    latitude(row / n),
  ];
}

/** Column and row of the cell that holds a point. */
export function cellAt(level: number, lon: number, lat: number): [number, number] {
  const n = 2 ** level;
  return [Math.floor(((lon + 180) / 360) * n), Math.floor(mercatorY(lat) * n)];
}

/** Area of a cell on the ground, in km2. */
export function cellKm2(level: number, row: number): number {
  const n = 2 ** level;
  const side = ((EQUATOR_M / n) * Math.cos(radians(latitude((row + 0.5) / n)))) / 1000;
  return side * side;
}

/** A box grown to whole cells of a coarser grid, so that a small pan asks for nothing new. */
export function snapBox(box: Box, level: number): Box {
  const coarse = Math.max(0, level - 4);
  const [west, south, east, north] = box;
  const [left, top] = cellAt(coarse, west, north);
  const [right, bottom] = cellAt(coarse, east, south);
  const last = 2 ** coarse - 1;
  const inside = (index: number): number => Math.min(last, Math.max(0, index));
  const first = cellBox(coarse, inside(left), inside(top));
  const end = cellBox(coarse, inside(right), inside(bottom));
  return [first[0], end[1], end[2], first[3]];
}

/** A round length for a scale bar of at most so many pixels, in units of `metres` each. */
export function roundLength(perPixel: number, pixels: number, metres: number): number {
  const most = (perPixel * pixels) / metres;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((factor) => factor * power <= most) ?? 1) * power;
}

function mercatorY(lat: number): number {
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + radians(lat) / 2)) / (2 * Math.PI);
}

function latitude(y: number): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
