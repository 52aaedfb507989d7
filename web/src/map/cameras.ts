/** The maps on the screen: which way each looks, linked in scale, and whether a person moved it. */

import type { Map as MapLibre } from "maplibre-gl";
import { untrack } from "svelte";
import { app } from "../state/app.svelte";
import { differs } from "./camera";
import { linkedZoom } from "./scale";
import type { Camera } from "../state/view";

/** The cameras that maps in panes of that size take by themselves, by city. */
type Homes = (pane: { width: number; height: number }) => Record<string, Camera>;

/** A map that rests so long has come to where it is meant to be. */
const REST_MS = 250;

export class Cameras {
  readonly #homesFor: Homes;
  readonly #maps = new Map<string, MapLibre>();
  /** Where a map stands by itself; a map that a person moved has none. */
  readonly #homes = new Map<string, Camera>();
  /** Cities whose camera the address has said. */
  readonly #addressed = new Set<string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #linking = false;

  constructor(homesFor: Homes) {
    this.#homesFor = homesFor;
  }

  map(city: string): MapLibre | undefined {
    return this.#maps.get(city);
  }

  /** Follow a map that was made: link the others to it, and keep in the address where a person moves it. */
  join(city: string, map: MapLibre): void {
    const { page } = app.view;
    this.#maps.set(city, map);
    const home = this.#homesOf(map)[city];
    if (home) this.#homes.set(city, home);
    map.on("move", () => this.#link(city));
    map.on("moveend", () => {
      const camera = this.#moved(city);
      if (!camera) return;
      clearTimeout(this.#timers.get(city));
      const keep = (): void => {
        if (app.view.page === page) app.setCamera(city, camera);
      };
      this.#timers.set(city, setTimeout(keep, REST_MS));
    });
    map.on("resize", () => this.goHome());
  }

  leave(city: string): void {
    clearTimeout(this.#timers.get(city));
    this.#maps.delete(city);
    this.#homes.delete(city);
  }

  /** Where a map that is about to be made looks. */
  first(city: string, container: HTMLElement): Camera {
    const pane = { width: container.clientWidth, height: container.clientHeight };
    return this.#homesFor(pane)[city] ?? { lat: 0, lon: 0, zoom: 1 };
  }

  /** Look where the address says; once it no longer says it, go home. */
  obey(city: string, camera: Camera | undefined): void {
    if (camera) {
      this.#addressed.add(city);
      this.#lookAt(city, camera);
    } else if (this.#addressed.delete(city)) {
      this.#release(city);
      untrack(() => this.goHome());
    }
  }

  /** Send home every map that stands there: the way home has changed. */
  goHome(): void {
    const [any] = this.#maps.values();
    if (!any) return;
    const homes = this.#homesOf(any);
    for (const [city, map] of this.#maps) {
      const home = homes[city];
      if (!home || !this.#homes.has(city)) continue;
      this.#homes.set(city, home);
      this.#jump(map, home);
    }
  }

  /** Forget that a person moved a map: the address no longer says so. */
  #release(city: string): void {
    const map = this.#maps.get(city);
    if (map) this.#homes.set(city, cameraOf(map));
  }

  #lookAt(city: string, camera: Camera): void {
    const map = this.#maps.get(city);
    this.#homes.delete(city);
    if (map && !map.isMoving()) this.#jump(map, camera);
  }

  /** While one map moves, every other keeps the same metres for each pixel. */
  #link(city: string): void {
    const leader = this.#maps.get(city);
    if (!leader || this.#linking) return;
    this.#linking = true;
    for (const [other, map] of this.#maps) {
      if (other === city) continue;
      const zoom = linkedZoom(leader.getZoom(), leader.getCenter().lat, map.getCenter().lat);
      if (Math.abs(zoom - map.getZoom()) > 1e-4) map.jumpTo({ zoom });
    }
    this.#linking = false;
  }

  /** The camera of a map that came to rest because a person moved it or one linked to it. */
  #moved(city: string): Camera | null {
    const map = this.#maps.get(city);
    if (!map) return null;
    const camera = cameraOf(map);
    const home = this.#homes.get(city);
    if (home && !differs(camera, home)) return null;
    this.#homes.delete(city);
    return camera;
  }

  /** Move one map without the others: each is sent to its own place. */
  #jump(map: MapLibre, camera: Camera): void {
    if (!differs(camera, cameraOf(map))) return;
    const linking = this.#linking;
    this.#linking = true;
    map.jumpTo({ center: [camera.lon, camera.lat], zoom: camera.zoom });
    this.#linking = linking;
  }

  #homesOf(map: MapLibre): Record<string, Camera> {
    const { clientWidth, clientHeight } = map.getContainer();
    return this.#homesFor({ width: clientWidth, height: clientHeight });
  }
}

function cameraOf(map: MapLibre): Camera {
  const { lat, lng } = map.getCenter();
  return { lat, lon: lng, zoom: map.getZoom() };
}
