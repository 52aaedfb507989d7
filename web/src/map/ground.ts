/** The offline base map: land, water, parks, rails, streets and boundaries out of the packs' own data. */

import type { LayerSpecification, SourceSpecification } from "maplibre-gl";
import { collectionPath } from "../api/client";
import type { Box, Dataset } from "../api/types";
import { calm } from "../text/words";
import type { Area } from "./areas";

/** Tones of the ground; the subject's layer is always stronger than any of them. */
interface Tones {
  land: string;
  water: string;
  park: string;
  rail: string;
  street: string;
  boundary: string;
  label: string;
  halo: string;
  beyond: string;
}

const LIGHT: Tones = {
  land: "#F6F4EE",
  water: "#D5E1E7",
  park: "#E6ECDB",
  rail: "#C9C4BA",
  street: "#E0DCD2",
  boundary: "#BDB7AA",
  label: "#5B6670",
  halo: "#F6F4EE",
  beyond: "#FDFCFA",
};

const DARK: Tones = {
  land: "#1A2129",
  water: "#0D1319",
  park: "#1C2823",
  rail: "#434F5B",
  street: "#323D48",
  boundary: "#46515D",
  label: "#98A3AE",
  halo: "#1A2129",
  beyond: "#141A21",
};

/** Streets and rails narrower than this zoom would only be grey noise. */
const STREETS_FROM_ZOOM = 11;

const LABEL_SOURCE = "ground-labels";
const SHEET_SOURCE = "ground-sheet";
/** Parts that cover the whole of a city; rails run far beyond it. */
const SHEET_PARTS: ReadonlySet<string> = new Set(["water", "park", "street", "boundary"]);
export const LABEL_FONT = ["Inter Variable"];

type Part = NonNullable<Dataset["basemap"]>;
const ORDER: readonly Part[] = ["park", "water", "street", "rail", "boundary"];

export interface Ground {
  sources: Record<string, SourceSpecification>;
  /** Below the data. */
  under: LayerSpecification[];
  /** Above the data: names. */
  over: LayerSpecification[];
}

/** A URL template of a dataset's tiles; MapLibre wants it absolute. */
export function tileTemplate(dataset: string, query = ""): string {
  const path = collectionPath(dataset, "tiles/WebMercatorQuad");
  return `${location.origin}${path}/{z}/{y}/{x}${query}`;
}

/** The base map of one city, with the names of some areas. */
export function ground(datasets: readonly Dataset[], named: readonly Area[], dark: boolean): Ground {
  const tone = dark ? DARK : LIGHT;
  const features = named.map(({ name, km2, at }) => ({
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: at },
    properties: { name: calm(name), km2 },
  }));
  const sources: Record<string, SourceSpecification> = {
    [LABEL_SOURCE]: { type: "geojson", data: { type: "FeatureCollection", features } },
  };
  const under: LayerSpecification[] = [
    { id: "land", type: "background", paint: { "background-color": tone.land } },
  ];
  for (const part of ORDER) {
    for (const dataset of datasets.filter((each) => each.basemap === part && each.loaded)) {
      const source = `ground-${dataset.id}`;
      sources[source] = {
        type: "vector",
        tiles: [tileTemplate(dataset.id)],
        maxzoom: 15,
        ...(dataset.bbox ? { bounds: dataset.bbox } : {}),
      };
      under.push(...partLayers(part, dataset, source, tone));
    }
  }
  const sheet = sheetOf(datasets);
  if (sheet) {
    sources[SHEET_SOURCE] = { type: "geojson", data: beyond(sheet) };
    under.push(
      { id: "beyond", type: "fill", source: SHEET_SOURCE, paint: { "fill-color": tone.beyond, "fill-antialias": false } },
      { id: "sheet", type: "line", source: SHEET_SOURCE, paint: { "line-color": tone.boundary, "line-width": 0.75 } },
    );
  }
  return { sources, under, over: [labels(tone)] };
}

/** The rectangle that the ground's own data fill; beyond it there is blank paper, not land. */
function sheetOf(datasets: readonly Dataset[]): Box | null {
  const boxes = datasets.flatMap(({ basemap, bbox }) => (basemap && SHEET_PARTS.has(basemap) && bbox ? [bbox] : []));
  if (boxes.length === 0) return null;
  const side = (index: 0 | 1 | 2 | 3): number[] => boxes.map((box) => box[index]);
  return [Math.min(...side(0)), Math.min(...side(1)), Math.max(...side(2)), Math.max(...side(3))];
}

/** Everything but the sheet. */
function beyond([west, south, east, north]: Box): GeoJSON.Feature<GeoJSON.Polygon> {
  const far = 20;
  const outer = [
    [west - far, south - far],
    [east + far, south - far],
    [east + far, north + far],
    [west - far, north + far],
    [west - far, south - far],
  ];
  const hole = [
    [west, south],
    [west, north],
    [east, north],
    [east, south],
    [west, south],
  ];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [outer, hole] } };
}

function partLayers(part: Part, dataset: Dataset, source: string, tone: Tones): LayerSpecification[] {
  const base = { id: source, source, "source-layer": "features" };
  switch (part) {
    case "park":
    case "water":
      if (dataset.geometry === "line") {
        return [{ ...base, type: "line", paint: { "line-color": tone[part], "line-width": width(0.6, 3) } }];
      }
      return [{ ...base, type: "fill", paint: { "fill-color": tone[part] } }];
    case "street":
      return [
        {
          ...base,
          type: "line",
          minzoom: STREETS_FROM_ZOOM,
          layout: { "line-cap": "round", "line-join": "round" },
          paint: { "line-color": tone.street, "line-width": width(0.4, 5) },
        },
      ];
    case "rail":
      return [{ ...base, type: "line", paint: { "line-color": tone.rail, "line-width": width(0.5, 2) } }];
    case "boundary":
      return [
        {
          ...base,
          type: "line",
          paint: { "line-color": tone.boundary, "line-width": width(0.5, 1.5), "line-dasharray": [3, 2] },
        },
      ];
  }
}

function width(far: number, near: number): ["interpolate", ["exponential", number], ["zoom"], number, number, number, number] {
  return ["interpolate", ["exponential", 1.5], ["zoom"], 9, far, 17, near];
}

/** Names of areas, drawn with the page's own font: the style needs no glyph files. */
function labels(tone: Tones): LayerSpecification {
  return {
    id: LABEL_SOURCE,
    type: "symbol",
    source: LABEL_SOURCE,
    minzoom: 9.5,
    layout: {
      "text-field": ["get", "name"],
      "text-font": LABEL_FONT,
      "text-size": ["interpolate", ["linear"], ["zoom"], 10, 10, 14, 13],
      "text-max-width": 7,
      "text-padding": 14,
      "symbol-sort-key": ["-", 0, ["get", "km2"]],
    },
    paint: { "text-color": tone.label, "text-halo-color": tone.halo, "text-halo-width": 1.4 },
  };
}
