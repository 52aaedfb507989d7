/** Where the maps look by themselves: all at the same metres for each pixel. */

import type { Box, City, Geometry } from "../api/types";
import type { Camera, Place, View } from "../state/view";
import { boxOf } from "./geometry";
import { fit, metresPerPixel } from "./scale";

const METRES_PER_DEGREE = 111_320;

/**
 * The camera of every city whose own is not in the address.
 *
 * Each looks at the places that filter in its city, else at the whole city. The scale is the one
 * of the maps that are in the address; else the largest that shows every such place, or every city,
 * whole.
 *
 * @param areas shapes of the named areas that filter, by city
 */
export function homeCameras(
  view: View,
  cities: readonly City[],
  pane: { width: number; height: number },
  areas: Readonly<Record<string, readonly Geometry[]>>,
): Record<string, Camera> {
  const stands = cities.map((city) => {
    const places = view.places.filter((place) => place.city === city.id);
    const around = boxAround(places, areas[city.id] ?? []);
    return { city, around, camera: fit(around ?? city.bounds, pane.width, pane.height) };
  });
  const given = cities.flatMap(({ id }) => view.cameras[id] ?? []);
  const placed = stands.filter(({ around }) => around !== null);
  const leads = given.length > 0 ? given : (placed.length > 0 ? placed : stands).map(({ camera }) => camera);
  const scale = Math.max(...leads.map(({ zoom, lat }) => metresPerPixel(zoom, lat)));
  return Object.fromEntries(
    stands
      .filter(({ city }) => !view.cameras[city.id])
      .map(({ city, camera }) => {
        const zoom = camera.zoom + Math.log2(metresPerPixel(camera.zoom, camera.lat) / scale);
        return [city.id, { ...camera, zoom }];
      }),
  );
}

/** Whether two cameras show visibly different pictures. */
export function differs(a: Camera, b: Camera): boolean {
  return (
    Math.abs(a.lat - b.lat) > 2e-5 || Math.abs(a.lon - b.lon) > 2e-5 || Math.abs(a.zoom - b.zoom) > 0.01
  );
}

/** The box around all places that filter, with some room beside a circle. */
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
