/** Drawing the area that filters: two corners of a rectangle, or a shape corner by corner. */

import type { LngLat } from "maplibre-gl";
import { outline } from "../map/places";
import { app } from "../state/app.svelte";
import type { ShapePlace } from "../state/view";
import type { Sketch, Stage } from "./stage.svelte";

/** The sketch with the pointer elsewhere. */
export function move(sketch: Sketch, city: string, { lng, lat }: LngLat): Sketch {
  if (sketch.city !== null && sketch.city !== city) return sketch;
  return { ...sketch, tip: [lng, lat] };
}

/** Set a corner; the second of a rectangle ends it. */
export function click(stage: Stage, city: string, { lng, lat }: LngLat): void {
  const sketch = stage.sketch;
  if (!sketch || (sketch.city !== null && sketch.city !== city)) return;
  const corners: [number, number][] = [...sketch.corners, [lng, lat]];
  stage.sketch = { ...sketch, city, corners, tip: null };
  if (sketch.mode === "rectangle" && corners.length === 2) finish(stage);
}

/** Take back the last corner. */
export function back(stage: Stage): void {
  const sketch = stage.sketch;
  if (!sketch) return;
  const corners = sketch.corners.slice(0, -1);
  stage.sketch = { ...sketch, corners, city: corners.length > 0 ? sketch.city : null };
}

/** Whether what is drawn is an area. */
export function isArea({ mode, corners }: Sketch): boolean {
  return corners.length >= (mode === "rectangle" ? 2 : 3);
}

/** Make the sketch a filter; it takes the place of an older drawn one in the same city. */
export function finish(stage: Stage): void {
  const sketch = stage.sketch;
  if (!sketch?.city || !isArea(sketch)) return;
  const corners = outline({ ...sketch, tip: null }).map(
    ([lon, lat]): [number, number] => [Number(lon.toFixed(5)), Number(lat.toFixed(5))],
  );
  const place: ShapePlace = { kind: "shape", city: sketch.city, corners };
  const others = app.view.places.filter(({ kind, city }) => kind !== "shape" || city !== sketch.city);
  stage.sketch = null;
  app.setPlaces([...others, place]);
}
