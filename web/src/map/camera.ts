/** Where a city's map looks first, so that maps side by side show the same metres for each pixel. */

import type { Box, City, Geometry } from "../api/types";
import type { Camera, Place, View } from "../state/view";
import { boxOf } from "./geometry";
import { fit, linkedZoom, metresPerPixel } from "./scale";

const METRES_PER_DEGREE = 111_320;

/**
 * As the address says; else around the places that filter; else the whole city, at the scale the
 * other maps have or, when all are new, at the coarsest scale that any of them needs.
 */
export function firstCamera(
  view: View,
  city: City,
  cities: readonly City[],
  pane: { width: number; height: number },
  areas: readonly Geometry[],
): Camera {
  const { width, height } = pane;
  const own = view.cameras[city.id];
  if (own) return own;
  const others = cities.filter(({ id }) => id !== city.id);
  const around = boxAround(view.places.filter((place) => place.city === city.id), areas);
  const whole = around ? fit(around, width, height) : fit(city.bounds, width, height);
  const lead = others.map(({ id }) => view.cameras[id]).find((camera) => camera);
  if (lead) return { ...whole, zoom: linkedZoom(lead.zoom, lead.lat, whole.lat) };
  if (around) return whole;
  const coarsest = Math.max(
    ...cities.map(({ bounds }) => fit(bounds, width, height)).map(({ zoom, lat }) => metresPerPixel(zoom, lat)),
  );
  const scale = metresPerPixel(whole.zoom, whole.lat);
  return cities.length > 1 ? { ...whole, zoom: whole.zoom + Math.log2(scale / coarsest) } : whole;
}

/** Whether two cameras show visibly different pictures. */
export function differs(a: Camera, b: Camera): boolean {
  return (
    Math.abs(a.lat - b.lat) > 2e-5 || Math.abs(a.lon - b.lon) > 2e-5 || Math.abs(a.zoom - b.zoom) > 0.01
  );
}

/** The box around all places that filter; `areas` are the shapes of the named ones. */
function boxAround(places: readonly Place[], areas: readonly Geometry[]): Box | null {
  const corners = places.flatMap((place) => {
    if (place.kind === "shape") return place.corners;
    if (place.kind === "area") return [];
    const down = (1.5 * place.metres) / METRES_PER_DEGREE;
    const across = down / Math.cos((place.lat * Math.PI) / 180);
    return [
      [place.lon - across, place.lat - down],
      [place.lon + across, place.lat + down],
    ];
  });
  return boxOf({
    type: "GeometryCollection",
    geometries: [...areas, { type: "MultiPoint", coordinates: corners }],
  });
}
