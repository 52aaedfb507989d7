/** One MapLibre map, as all maps here are made. */

import { Map as MapLibre, setWorkerUrl } from "maplibre-gl";
import type { StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Box } from "../api/types";
import type { Camera } from "../state/view";
import { LABEL_FONT } from "./ground";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);

/** Degrees beyond a city's region that a map may be moved to. */
const LEEWAY = 0.4;

/** Make a map; it is given back as soon as its style can be changed. */
export async function createMap(
  container: HTMLElement,
  style: StyleSpecification,
  camera: Camera,
  region: Box,
  label: string,
): Promise<MapLibre> {
  // Labels are drawn with the page's own font: it must be there before the first of them.
  await document.fonts.load(`14px "${LABEL_FONT[0] ?? ""}"`);
  const [west, south, east, north] = region;
  const map = new MapLibre({
    container,
    style,
    center: [camera.lon, camera.lat],
    zoom: camera.zoom,
    minZoom: 7,
    maxZoom: 19.5,
    maxBounds: [west - LEEWAY, south - LEEWAY, east + LEEWAY, north + LEEWAY],
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    locale: { "Map.Title": label },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  await map.once("style.load");
  return map;
}
