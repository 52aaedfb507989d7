/** Everything a city's map shows, as one style: MapLibre finds out itself what has changed. */

import type { GeoJSONSourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Dataset, Feature } from "../api/types";
import type { Area } from "./areas";
import { ground } from "./ground";
import type { Shapes } from "./places";
import type { Drawing, Shading } from "./subject";
import { CELLS_BELOW, drawing, marks, shading } from "./subject";

export interface Picture {
  /** Datasets of the city; those of the base map are drawn. */
  datasets: readonly Dataset[];
  drawings: readonly Drawing[];
  shaded: Shading | null;
  /** Areas whose names stand on the map. */
  named: readonly Area[];
  /** The area that filters, or that is being drawn. */
  shapes: Shapes;
  selected: Feature | null;
  dark: boolean;
  /** The system asks for no motion. */
  calm: boolean;
}

/** Time a colour takes to change. */
const CHANGE_MS = 160;

/** The style of a picture. */
export function styleOf(picture: Picture): StyleSpecification {
  const { dark, named, shapes, selected, shaded } = picture;
  const base = ground(picture.datasets, named, dark);
  const data = picture.drawings.map((each) => drawing(each, dark));
  const fills = shaded ? [shading(shaded, dark)] : [];
  return {
    version: 8,
    transition: { duration: picture.calm ? 0 : CHANGE_MS, delay: 0 },
    sources: {
      ...base.sources,
      ...Object.fromEntries([...fills, ...data].map(({ source }) => source)),
      place: geojson(shapes.features),
      selected: geojson(selected?.geometry ? [selected] : []),
    },
    layers: [
      ...base.under,
      ...fills.flatMap(({ layers }) => layers),
      { id: CELLS_BELOW, type: "background", paint: { "background-opacity": 0 } },
      ...data.flatMap(({ layers }) => layers),
      ...marks(dark),
      ...base.over,
    ],
  };
}

function geojson(features: readonly { geometry: unknown }[]): GeoJSONSourceSpecification {
  return {
    type: "geojson",
    data: { type: "FeatureCollection", features: [...features] } as GeoJSON.FeatureCollection,
  };
}
