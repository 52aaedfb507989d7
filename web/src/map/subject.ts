/** The data on the map: tiles of points, lines and polygons, areas coloured by a number. */

import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  SourceSpecification,
} from "maplibre-gl";
import type { Params } from "../api/client";
import { queryString } from "../api/client";
import type { Dataset } from "../api/types";
import { OTHER, PALETTE } from "./colours";
import { tileTemplate } from "./ground";

/** How one layer of the view is drawn in its city's map. */
export interface Drawing {
  index: number;
  dataset: Dataset;
  params: Params;
  colour: string;
  /** Categories in the order of their colours, when the features are coloured by them. */
  categories: readonly string[] | null;
}

/** Areas coloured by class: the class of each area's id. */
export interface Shading {
  boundary: Dataset;
  colourOf: ReadonlyMap<string, string>;
}

/** The cells of a heat map are drawn before this layer. */
export const CELLS_BELOW = "cells-below";

const DATA_PREFIX = "data-";
/** More areas than these are drawn without outlines from afar. */
const CROWDED_AREAS = 1000;

/** Whether a style layer holds features that can be pointed at. */
export function isDataLayer(id: string): boolean {
  return id.startsWith(DATA_PREFIX);
}

/** Index in the view of the layer that a data source belongs to. */
export function indexOfSource(source: string): number {
  return Number(source.slice(DATA_PREFIX.length));
}

/** Sources and layers of one drawing. */
export function drawing(
  each: Drawing,
  dark: boolean,
): { source: [string, SourceSpecification]; layers: LayerSpecification[] } {
  const id = `${DATA_PREFIX}${each.index}`;
  const source: SourceSpecification = {
    type: "vector",
    tiles: [tileTemplate(each.dataset.id, queryString(each.params))],
    maxzoom: 16,
    ...(each.dataset.bbox ? { bounds: each.dataset.bbox } : {}),
  };
  const layers = kindsOf(each.dataset).map((kind) => featureLayer(kind, id, each, dark));
  return { source: [id, source], layers: layers.flat() };
}

type Kind = "point" | "line" | "polygon";

function kindsOf(dataset: Dataset): Kind[] {
  switch (dataset.geometry) {
    case "mixed":
      return ["polygon", "line", "point"];
    case "none":
      return [];
    default:
      return [dataset.geometry];
  }
}

function featureLayer(kind: Kind, source: string, each: Drawing, dark: boolean): LayerSpecification[] {
  const base = { source, "source-layer": "features" };
  const filter = geometryFilter(kind);
  const colour = colourOf(each);
  const edge = dark ? "#11161C" : "#FBFAF7";
  switch (kind) {
    case "point":
      return [
        {
          ...base,
          id: `${source}-point`,
          type: "circle",
          filter,
          paint: {
            "circle-color": colour,
            "circle-radius": ["interpolate", ["exponential", 1.4], ["zoom"], 9, 1.8, 12, 3.2, 15, 5.5, 18, 9],
            "circle-opacity": 0.85,
            "circle-stroke-color": edge,
            "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 10, 0.3, 14, 1],
          },
        },
      ];
    case "line":
      return [
        {
          ...base,
          id: `${source}-line`,
          type: "line",
          filter,
          layout: { "line-cap": "round", "line-join": "round" },
          paint: {
            "line-color": colour,
            "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, 1.1, 16, 4.5],
          },
        },
      ];
    case "polygon":
      return [
        {
          ...base,
          id: `${source}-fill`,
          type: "fill",
          filter,
          paint: { "fill-color": colour, "fill-opacity": each.categories ? 0.5 : 0.16 },
        },
        {
          ...base,
          id: `${source}-outline`,
          type: "line",
          filter,
          paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 15, 2] },
        },
      ];
  }
}

function geometryFilter(kind: Kind): FilterSpecification {
  const name = { point: "Point", line: "LineString", polygon: "Polygon" }[kind];
  return ["==", ["geometry-type"], name];
}

function colourOf(each: Drawing): string | ExpressionSpecification {
  const field = each.dataset.roles.category;
  if (!each.categories || each.categories.length === 0 || !field) return each.colour;
  const cases = each.categories.flatMap((value, i) => [value, PALETTE[i] ?? OTHER]);
  const expression: unknown = ["match", ["to-string", ["get", field]], ...cases, OTHER];
  return expression as ExpressionSpecification;
}

/** Source and layers of a map of areas coloured by class. */
export function shading(
  each: Shading,
  dark: boolean,
): { source: [string, SourceSpecification]; layers: LayerSpecification[] } {
  const id = "shading";
  const key = each.boundary.roles.key ?? "area_id";
  const cases = [...each.colourOf].flat();
  const fill: unknown =
    cases.length > 0 ? ["match", ["to-string", ["get", key]], ...cases, "rgba(0,0,0,0)"] : "rgba(0,0,0,0)";
  const base = { source: id, "source-layer": "features" };
  return {
    source: [id, { type: "vector", tiles: [tileTemplate(each.boundary.id)], maxzoom: 14 }],
    layers: [
      {
        ...base,
        id: "shading-fill",
        type: "fill",
        paint: { "fill-color": fill as ExpressionSpecification, "fill-opacity": 0.78 },
      },
      {
        ...base,
        id: "shading-outline",
        type: "line",
        paint: { "line-color": dark ? "#11161C" : "#FBFAF7", "line-width": outlineWidth(each.colourOf.size) },
      },
    ],
  };
}

/** Outlines must not cover what they part: many small areas get theirs when the map comes near. */
function outlineWidth(areas: number): number | ExpressionSpecification {
  return areas > CROWDED_AREAS ? ["interpolate", ["linear"], ["zoom"], 10, 0, 12, 0.3, 15, 0.8] : 0.8;
}

/** Layers that mark the feature whose card is open, and the area that filters. */
export function marks(dark: boolean): LayerSpecification[] {
  const ink = dark ? "#E8EAED" : "#16202A";
  return [
    {
      id: "place-fill",
      type: "fill",
      source: "place",
      paint: { "fill-color": dark ? "#9DB4F0" : "#2F4B8F", "fill-opacity": 0.06 },
    },
    {
      id: "place-line",
      type: "line",
      source: "place",
      paint: { "line-color": dark ? "#9DB4F0" : "#2F4B8F", "line-width": 1.6, "line-dasharray": [4, 2] },
    },
    {
      id: "selected-line",
      type: "line",
      source: "selected",
      paint: { "line-color": ink, "line-width": 3 },
    },
    {
      id: "selected-point",
      type: "circle",
      source: "selected",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 9,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": ink,
        "circle-stroke-width": 2.5,
      },
    },
  ];
}
