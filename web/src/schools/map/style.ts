/** The map of schools as one style: the ground, the areas of an answer, its lines, and the schools. */

import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  LineLayerSpecification,
  SourceSpecification,
  StyleSpecification,
  SymbolLayerSpecification,
} from "maplibre-gl";
import type { Dataset } from "../../api/types";
import type { Area } from "../../map/areas";
import { ground, LABEL_FONT, tileTemplate } from "../../map/ground";
import type { Collection } from "../features";
import { collection } from "../features";
import { HIDDEN_HATCH, MODELLED_HATCH } from "../symbols";

/** What an answer brings lies in one source, so that it is read at once and drawn at once. */
const ANSWER_PARTS = ["areas", "catchment", "lines", "reach", "picked", "chosen"] as const;
export const SOURCES = ["schools", "zones", "place", "answer"] as const;
export type Source = (typeof SOURCES)[number];
export type Sources = Readonly<Record<Source, Collection>>;
type AnswerPart = (typeof ANSWER_PARTS)[number];
type Part = AnswerPart | Exclude<Source, "answer">;

/** The parts of an answer as one collection; each feature tells which part it is of. */
export function together(parts: Readonly<Record<AnswerPart, Collection>>): Collection {
  return collection(
    ANSWER_PARTS.flatMap((part) =>
      parts[part].features.map((feature) => ({ ...feature, properties: { ...feature.properties, part } })),
    ),
  );
}

export interface Ground {
  /** Datasets of the city; those of the base map are drawn. */
  datasets: readonly Dataset[];
  /** Areas whose names stand on the map. */
  named: readonly Area[];
  /** Boundary datasets of official zones to draw whole: those that no answer gives by school. */
  zones: readonly Dataset[];
  /** Schools that are not of the answer stand behind it. */
  behind: boolean;
  dark: boolean;
}

interface Ink {
  half: string;
  most: string;
  rest: string;
  edge: string;
  line: string;
  catchment: string;
  zone: string;
  text: string;
  halo: string;
}

/** Two tones of YlGnBu, from the ink out: where half of the pupils live, and where four fifths do. */
const LIGHT: Ink = {
  half: "#225EA8",
  most: "#7FCDBB",
  rest: "#E3F1DF",
  edge: "#FFFFFF",
  line: "#2F4B8F",
  catchment: "#5B2A86",
  zone: "#8A5A00",
  text: "#16202A",
  halo: "#FBFAF7",
};

const DARK: Ink = {
  half: "#7FCDBB",
  most: "#2A6F9E",
  rest: "#22384A",
  edge: "#11161C",
  line: "#9DB4F0",
  catchment: "#D9A9F5",
  zone: "#F0C987",
  text: "#E8EAED",
  halo: "#11161C",
};

export function inkOf(dark: boolean): Ink {
  return dark ? DARK : LIGHT;
}

/** Layers in which a school can be pointed at, and those of home areas. */
export const FRONT_LAYER = "schools-symbol";
export const SCHOOL_LAYERS: readonly string[] = ["chosen-symbol", "picked-symbol", FRONT_LAYER, "schools-back"];
export const AREA_LAYERS: readonly string[] = ["areas-half", "areas-most", "areas-rest", "areas-hidden"];

/** The state of a school that is drawn with the answer, too. */
export const ANSWERED = "answered";

/** How much of a school is seen that has nothing to do with the answer. */
const BEHIND = 0.28;

export function styleOf({ datasets, named, zones, behind, dark }: Ground, sources: Sources): StyleSpecification {
  const base = ground(datasets, named, dark);
  const ink = inkOf(dark);
  const drawn = zones.map((zone) => zoneLayers(zone, ink));
  return {
    version: 8,
    transition: { duration: 0, delay: 0 },
    sources: {
      ...base.sources,
      ...Object.fromEntries(drawn.map(({ source }) => source)),
      ...Object.fromEntries(SOURCES.map((source) => [source, geojson(sources[source])])),
    },
    layers: [
      ...base.under,
      ...areaLayers(ink),
      ...drawn.flatMap(({ layers }) => layers),
      ...shapeLayers(ink),
      ...base.over,
      ...schoolLayers(ink, behind),
    ],
  };
}

/** The features of a part, those that pass a filter, in their source. */
function of(part: Part, filter?: ExpressionSpecification): { source: Source; filter?: ExpressionSpecification } {
  if (!isOfAnswer(part)) return filter ? { source: part, filter } : { source: part };
  const here: ExpressionSpecification = ["==", ["get", "part"], part];
  return { source: "answer", filter: filter ? ["all", here, filter] : here };
}

function isOfAnswer(part: Part): part is AnswerPart {
  return (ANSWER_PARTS as readonly Part[]).includes(part);
}

function geojson(data: Collection): SourceSpecification {
  return { type: "geojson", data, tolerance: 0.2, promoteId: "id" };
}

function areaLayers(ink: Ink): LayerSpecification[] {
  const hidden: ExpressionSpecification = ["==", ["get", "status"], "hidden"];
  // A layer for each tone: a colour that is one for all of a layer changes at once, as a sheet to print needs it.
  const tone = (id: string, colour: string, tier: ExpressionSpecification): LayerSpecification => ({
    id,
    type: "fill",
    ...of("areas", ["all", ["!", hidden], tier]),
    paint: { "fill-color": colour, "fill-opacity": 0.82 },
  });
  return [
    tone("areas-half", ink.half, ["==", ["get", "tier"], 50]),
    tone("areas-most", ink.most, ["==", ["get", "tier"], 80]),
    tone("areas-rest", ink.rest, ["match", ["get", "tier"], [50, 80], false, true]),
    {
      id: "areas-modelled",
      type: "fill",
      ...of("areas", ["==", ["get", "status"], "modelled"]),
      paint: { "fill-pattern": MODELLED_HATCH, "fill-opacity": 0.55 },
    },
    {
      id: "areas-hidden",
      type: "fill",
      ...of("areas", hidden),
      paint: { "fill-pattern": HIDDEN_HATCH, "fill-opacity": 0.5 },
    },
    {
      id: "areas-line",
      type: "line",
      ...of("areas"),
      paint: { "line-color": ink.edge, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.3, 14, 1] },
    },
  ];
}

function zoneLayers(zone: Dataset, ink: Ink): { source: [string, SourceSpecification]; layers: LayerSpecification[] } {
  const id = `zones-${zone.id}`;
  const source: SourceSpecification = { type: "vector", tiles: [tileTemplate(zone.id)], maxzoom: 14 };
  return {
    source: [id, source],
    layers: [
      {
        id,
        type: "line",
        source: id,
        "source-layer": "features",
        paint: zonePaint(ink),
      },
    ],
  };
}

function zonePaint(ink: Ink): NonNullable<LineLayerSpecification["paint"]> {
  return {
    "line-color": ink.zone,
    "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1, 14, 2.2],
    "line-dasharray": [5, 1.5, 1, 1.5],
  };
}

/** The ring between the shortest and the longest last distance of all years. */
const IS_BAND: ExpressionSpecification = ["boolean", ["get", "band"], false];

function shapeLayers(ink: Ink): LayerSpecification[] {
  return [
    { id: "zones", type: "line", ...of("zones"), paint: zonePaint(ink) },
    {
      id: "catchment-band",
      type: "fill",
      ...of("catchment", IS_BAND),
      paint: { "fill-color": ink.catchment, "fill-opacity": 0.16 },
    },
    { id: "catchment-fill", type: "fill", ...of("catchment", ["!", IS_BAND]), paint: { "fill-color": ink.catchment, "fill-opacity": 0.07 } },
    { id: "catchment-line", type: "line", ...of("catchment", ["!", IS_BAND]), paint: { "line-color": ink.catchment, "line-width": 2.4 } },
    {
      id: "place-fill",
      type: "fill",
      ...of("place", ["==", ["geometry-type"], "Polygon"]),
      paint: { "fill-color": ink.line, "fill-opacity": ["case", ["boolean", ["get", "many"], false], 0.2, 0.1] },
    },
    {
      id: "place-line",
      type: "line",
      ...of("place", ["==", ["geometry-type"], "Polygon"]),
      paint: { "line-color": ink.line, "line-width": ["case", ["boolean", ["get", "many"], false], 0.4, 2] },
    },
    {
      id: "reach-line",
      type: "line",
      ...of("reach", ["==", ["get", "ring"], "half"]),
      paint: { "line-color": ink.text, "line-width": 1.6 },
    },
    {
      id: "reach-far",
      type: "line",
      ...of("reach", ["==", ["get", "ring"], "most"]),
      paint: { "line-color": ink.text, "line-width": 1.4, "line-dasharray": [3, 2.5] },
    },
    {
      id: "lines",
      type: "line",
      ...of("lines", ["!", ["get", "hidden"]]),
      layout: { "line-cap": "round" },
      paint: {
        "line-color": ink.line,
        "line-opacity": ["interpolate", ["linear"], ["get", "strength"], 0, 0.35, 0.4, 0.85],
        "line-width": ["interpolate", ["linear"], ["get", "strength"], 0, 1, 1, 9],
      },
    },
    {
      id: "lines-hidden",
      type: "line",
      ...of("lines", ["get", "hidden"]),
      paint: { "line-color": ink.line, "line-opacity": 0.6, "line-width": 1, "line-dasharray": [1.5, 2.5] },
    },
    {
      id: "place-point",
      type: "circle",
      ...of("place", ["==", ["geometry-type"], "Point"]),
      paint: {
        "circle-radius": 6,
        "circle-color": ink.line,
        "circle-stroke-color": ink.halo,
        "circle-stroke-width": 2,
      },
    },
  ];
}

function schoolLayers(ink: Ink, behind: boolean): LayerSpecification[] {
  return [
    { ...schoolSymbols("schools", BEHIND), ...of("schools", ["!", ["get", "front"]]), id: "schools-back" },
    { ...schoolSymbols("schools", frontOpacity(behind)), ...of("schools", ["get", "front"]) },
    schoolSymbols("picked", 1),
    {
      id: "chosen-ring",
      type: "circle",
      ...of("chosen"),
      paint: {
        "circle-radius": 13,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": ink.text,
        "circle-stroke-width": 2.5,
      },
    },
    schoolSymbols("chosen", 1),
    names("schools-name", "schools", 14, ink),
    names("picked-name", "picked", 12.5, ink),
    names("chosen-name", "chosen", 0, ink),
  ];
}

function schoolSymbols(part: Part, opacity: number): SymbolLayerSpecification {
  return {
    id: `${part}-symbol`,
    type: "symbol",
    ...of(part),
    layout: {
      "icon-image": ["get", "symbol"],
      "icon-size": sizeByZoom(),
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      // In the order of the source: with a sort key each symbol would be drawn by itself.
      "symbol-z-order": "source",
    },
    paint: { "icon-opacity": opacity },
  };
}

/** Size by the square root of pupils; the whole grows as the map comes near. */
function sizeByZoom(): DataDrivenPropertyValueSpecification<number> {
  const size = (factor: number): ExpressionSpecification => [
    "*",
    factor,
    ["interpolate", ["linear"], ["sqrt", ["get", "pupils"]], 0, 0.55, 45, 1.15],
  ];
  return ["interpolate", ["exponential", 1.4], ["zoom"], 7.5, size(0.2), 9.5, size(0.36), 12, size(0.62), 15, size(1), 18, size(1.3)];
}

/**
 * How much is seen of the schools of the stage, or of them behind an answer.
 *
 * It is the same for all of a layer: an opacity by feature would lay out thousands of symbols anew at each click.
 */
export function frontOpacity(behind: boolean): number {
  return behind ? BEHIND : 0.92;
}

function names(id: string, part: Part, minzoom: number, ink: Ink): LayerSpecification {
  return {
    id,
    type: "symbol",
    ...of(part, part === "schools" ? ["get", "front"] : undefined),
    minzoom,
    layout: {
      "text-field": ["get", "name"],
      "text-font": LABEL_FONT,
      "text-size": part === "chosen" ? 13 : 11.5,
      "text-max-width": 9,
      "text-variable-anchor": ["left", "right", "top", "bottom"],
      "text-radial-offset": part === "chosen" ? 1.25 : 0.9,
      "text-justify": "auto",
      "text-padding": 4,
      "symbol-sort-key": ["-", 0, ["get", "pupils"]],
    },
    paint: {
      "text-color": ink.text,
      "text-halo-color": ink.halo,
      "text-halo-width": 1.6,
      // An answer writes its schools' names itself.
      ...(part === "schools" ? { "text-opacity": ["case", ["boolean", ["feature-state", ANSWERED], false], 0, 1] } : {}),
    },
  };
}
