/** What the maps of the planning screens show, as one style over the base map. */

import type { FilterSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { LonLat } from "./api";
import type { Dataset } from "../../api/types";
import { LABEL_FONT } from "../../map/ground";
import { styleOf } from "../../map/picture";

/** A school, or another point, as a circle. */
export interface MapPoint {
  id: string;
  at: LonLat;
  /** Radius in pixels. */
  radius: number;
  colour: string;
  /** Written beside it; empty for most. */
  label: string;
  /** An open ring: what goes away, or is not yet there. */
  hollow: boolean;
  /** Pressed and pointed at; else only seen. */
  live: boolean;
}

export interface MapArea {
  type: "Feature";
  geometry: unknown;
  /** `colour` is empty for an area whose number is hidden: it is hatched. */
  properties: { id: string; colour: string };
}

export interface PlanningPicture {
  /** Datasets of the city. */
  datasets: readonly Dataset[];
  /** Areas of a boundary dataset by colour. */
  shaded: { boundary: Dataset; colourOf: ReadonlyMap<string, string> } | null;
  /** Areas of that dataset without a number: they get a dotted outline. */
  missing: readonly string[];
  /** Areas that come with their outlines. */
  areas: readonly MapArea[];
  points: readonly MapPoint[];
  /** Corners of what is drawn, not closed. */
  sketch: readonly LonLat[];
  /** Zones that are drawn. */
  zones: readonly (readonly LonLat[])[];
  dark: boolean;
  calm: boolean;
}

/** The image of the hatch of hidden numbers. */
export const HATCH = "hidden-hatch";
export const AREA_LAYERS = ["shading-fill", "own-fill", "own-hatch"] as const;
export const POINT_LAYER = "points-circle";

/** The style of a picture. */
export function planningStyle(picture: PlanningPicture): StyleSpecification {
  const { datasets, shaded, missing, areas, points, sketch, zones, dark, calm } = picture;
  const base = styleOf({
    datasets,
    drawings: [],
    shaded,
    named: [],
    shapes: { type: "FeatureCollection", features: [] },
    selected: null,
    dark,
    calm,
  });
  const [ink, paper, accent] = dark ? ["#E8EAED", "#11161C", "#9DB4F0"] : ["#16202A", "#FBFAF7", "#2F4B8F"];
  const drawn = [...zones, ...(sketch.length > 0 ? [sketch] : [])].map(shapeOf);
  const layers: LayerSpecification[] = [
    { id: "own-fill", type: "fill", source: "own", filter: ["!=", ["get", "colour"], ""], paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.8 } },
    { id: "own-hatch", type: "fill", source: "own", filter: ["==", ["get", "colour"], ""], paint: { "fill-pattern": HATCH } },
    { id: "own-line", type: "line", source: "own", paint: { "line-color": paper, "line-width": 0.6 } },
    ...(shaded && missing.length > 0 ? [dotted(shaded.boundary, missing, ink)] : []),
    { id: "drawn-fill", type: "fill", source: "drawn", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": accent, "fill-opacity": 0.08 } },
    { id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": accent, "line-width": 2, "line-dasharray": [3, 2] } },
    { id: "drawn-corner", type: "circle", source: "corners", paint: { "circle-radius": 4, "circle-color": paper, "circle-stroke-color": accent, "circle-stroke-width": 2 } },
    {
      id: POINT_LAYER,
      type: "circle",
      source: "points",
      paint: {
        "circle-radius": ["interpolate", ["exponential", 1.3], ["zoom"], 9, ["*", 0.7, ["get", "radius"]], 13, ["*", 1.4, ["get", "radius"]]],
        "circle-color": ["case", ["get", "hollow"], paper, ["get", "colour"]],
        "circle-opacity": 0.92,
        "circle-stroke-color": ["case", ["get", "hollow"], ["get", "colour"], paper],
        "circle-stroke-width": ["case", ["get", "hollow"], 2.5, 0.8],
      },
    },
    {
      id: "points-label",
      type: "symbol",
      source: "points",
      filter: ["!=", ["get", "label"], ""],
      layout: {
        "text-field": ["get", "label"],
        "text-font": LABEL_FONT,
        "text-size": 12,
        "text-max-width": 12,
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 0.9,
        "text-justify": "auto",
        "symbol-sort-key": ["-", 0, ["get", "radius"]],
      },
      paint: { "text-color": ink, "text-halo-color": paper, "text-halo-width": 1.6 },
    },
  ];
  return {
    ...base,
    sources: {
      ...base.sources,
      own: collection(areas),
      drawn: collection(drawn),
      corners: collection(sketch.map((at) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties: {} }))),
      points: collection(
        bottomUp(points).map(({ at, ...properties }) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties })),
      ),
    },
    layers: [...base.layers.filter(({ id }) => id !== "ground-labels"), ...layers],
  };
}

/**
 * Circles in the order they are drawn in: what goes away stands over what takes in.
 *
 * With a sort key in the style, each circle would be drawn by itself.
 */
function bottomUp(points: readonly MapPoint[]): MapPoint[] {
  const height = ({ hollow, radius }: MapPoint): number => (hollow ? Infinity : radius);
  return [...points].sort((a, b) => Math.sign(height(a) - height(b)) || 0);
}

/** A dotted outline of areas whose number is missing. */
function dotted(boundary: Dataset, missing: readonly string[], ink: string): LayerSpecification {
  const filter: unknown = ["in", ["to-string", ["get", boundary.roles.key ?? "area_id"]], ["literal", missing]];
  return {
    id: "missing-line",
    type: "line",
    source: "shading",
    "source-layer": "features",
    filter: filter as FilterSpecification,
    paint: { "line-color": ink, "line-width": 0.8, "line-opacity": 0.6, "line-dasharray": [1, 2] },
  };
}

function shapeOf(corners: readonly LonLat[]): { type: "Feature"; geometry: unknown; properties: Record<string, never> } {
  const first = corners[0];
  const geometry =
    corners.length > 2 && first
      ? { type: "Polygon", coordinates: [[...corners, first]] }
      : { type: "LineString", coordinates: corners.length > 1 ? corners : [] };
  return { type: "Feature", geometry, properties: {} };
}

function collection(features: readonly { type: "Feature"; geometry: unknown; properties: unknown }[]): {
  type: "geojson";
  data: GeoJSON.FeatureCollection;
} {
  const drawn = features.filter(({ geometry }) => geometry !== null && geometry !== undefined);
  return { type: "geojson", data: { type: "FeatureCollection", features: drawn as GeoJSON.Feature[] } };
}

/** The hatch of hidden numbers: a picture that MapLibre repeats. */
export function hatchImage(dark: boolean): ImageData {
  const side = 16;
  const canvas = new OffscreenCanvas(side, side);
  const pen = canvas.getContext("2d");
  if (!pen) return new ImageData(side, side);
  pen.strokeStyle = dark ? "#9EA8B2" : "#5B6670";
  pen.lineWidth = 2;
  for (const start of [-side, 0, side]) {
    pen.moveTo(start, side);
    pen.lineTo(start + side, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, side, side);
}
