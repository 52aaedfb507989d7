import { describe, expect, it } from "vitest";
import type { City } from "../src/api/types";
import { homeCameras } from "../src/map/camera";
import { areaKm2, boxOf, labelPoint } from "../src/map/geometry";
import { circle } from "../src/map/places";
import { cellAt, cellBox, cellKm2, cellLevel, fit, linkedZoom, metresPerPixel, roundLength, snapBox } from "../src/map/scale";
import type { Camera, Place, View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const CHICAGO = 41.88;
const LONDON = 51.51;

describe("linked maps", () => {
  it("show the same metres for each pixel in both cities", () => {
    const there = linkedZoom(11, CHICAGO, LONDON);
    expect(metresPerPixel(there, LONDON)).toBeCloseTo(metresPerPixel(11, CHICAGO), 9);
    expect(there).toBeLessThan(11);
    expect(linkedZoom(there, LONDON, CHICAGO)).toBeCloseTo(11, 12);
  });

  it("measure MapLibre's own scale: 78,271.5 m at the equator's zoom 0", () => {
    expect(metresPerPixel(0, 0)).toBeCloseTo(78_271.517, 3);
  });

  it("fit a city into its pane", () => {
    const { lat, lon, zoom } = fit([-87.94, 41.64, -87.52, 42.03], 800, 600, 0);
    expect(lon).toBeCloseTo(-87.73, 6);
    expect(lat).toBeGreaterThan(41.83);
    const metresDown = (42.03 - 41.64) * 111_200;
    expect(metresPerPixel(zoom, lat) * 600).toBeGreaterThan(metresDown * 0.99);
    expect(metresPerPixel(zoom, lat) * 600).toBeLessThan(metresDown * 1.01);
  });
});

describe("maps that nobody has moved", () => {
  const cities = [
    { id: "chicago", bounds: [-87.94, 41.64, -87.52, 42.03] },
    { id: "london", bounds: [-0.51, 51.28, 0.34, 51.7] },
  ] as unknown as City[];
  const pane = { width: 400, height: 560 };
  const near: Place = { kind: "near", city: "london", lon: -0.06, lat: 51.55, metres: 800, label: "" };
  const scaleOf = ({ zoom, lat }: Camera): number => metresPerPixel(zoom, lat);
  const home = (change: Partial<View>): Record<string, Camera> =>
    homeCameras({ ...INITIAL, scope: "both", ...change }, cities, pane, {});

  it("show both cities whole, at one scale", () => {
    const { chicago, london } = home({});
    expect(scaleOf(chicago!)).toBeCloseTo(scaleOf(london!), 9);
    const alone = homeCameras(INITIAL, cities.slice(1), pane, {});
    expect(scaleOf(alone["london"]!)).toBeCloseTo(scaleOf(london!), 9);
  });

  it("come close to the place that filters, together", () => {
    const { chicago, london } = home({ places: [near] });
    expect(london!.lat).toBeCloseTo(51.55, 3);
    expect(scaleOf(london!)).toBeLessThan(10);
    expect(scaleOf(chicago!)).toBeCloseTo(scaleOf(london!), 9);
  });

  it("follow the scale that the address gives another", () => {
    const given = { lat: 41.88, lon: -87.63, zoom: 13 };
    const cameras = home({ cameras: { chicago: given } });
    expect(Object.keys(cameras)).toEqual(["london"]);
    expect(scaleOf(cameras["london"]!)).toBeCloseTo(scaleOf(given), 9);
  });
});

describe("the cell grid", () => {
  it("is the node's: the cell of a point holds it", () => {
    const [column, row] = cellAt(17, -87.63, CHICAGO);
    const [west, south, east, north] = cellBox(17, column, row);
    expect(west).toBeLessThanOrEqual(-87.63);
    expect(east).toBeGreaterThan(-87.63);
    expect(south).toBeLessThan(CHICAGO);
    expect(north).toBeGreaterThanOrEqual(CHICAGO);
  });

  it("counts rows from the north", () => {
    expect(cellAt(1, -90, 45)).toEqual([0, 0]);
    expect(cellAt(1, 90, -45)).toEqual([1, 1]);
  });

  it("has smaller cells on the ground in London, so counts there must be divided by area", () => {
    const [, chicago] = cellAt(17, 0, CHICAGO);
    const [, london] = cellAt(17, 0, LONDON);
    const ratio = cellKm2(17, london) / cellKm2(17, chicago);
    expect(ratio).toBeCloseTo((Math.cos((LONDON * Math.PI) / 180) / Math.cos((CHICAGO * Math.PI) / 180)) ** 2, 3);
  });

  it("keeps cells of 8 to 16 pixels at every zoom", () => {
    for (const zoom of [8, 9.4, 10.99, 14.2]) {
      const pixels = (512 * 2 ** zoom) / 2 ** cellLevel(zoom);
      expect(pixels).toBeGreaterThanOrEqual(8);
      expect(pixels).toBeLessThan(16);
    }
  });

  it("snaps a window outwards", () => {
    const box = [-87.71, 41.81, -87.6, 41.9] as [number, number, number, number];
    const [west, south, east, north] = snapBox(box, 17);
    expect(west).toBeLessThanOrEqual(box[0]);
    expect(south).toBeLessThanOrEqual(box[1]);
    expect(east).toBeGreaterThanOrEqual(box[2]);
    expect(north).toBeGreaterThanOrEqual(box[3]);
  });
});

describe("shapes", () => {
  const square = { type: "Polygon" as const, coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]] };

  it("have their area on the sphere: a degree square at the equator is 12,364 km2", () => {
    expect(areaKm2(square) / 12_364).toBeCloseTo(1, 3);
  });

  it("have a box and a place for their name", () => {
    expect(boxOf(square)).toEqual([0, 0, 1, 1]);
    expect(labelPoint(square)).toEqual([0.5, 0.5]);
    expect(boxOf({ type: "MultiPoint", coordinates: [] })).toBeNull();
  });

  it("draw a circle of true metres", () => {
    for (const [lon, lat] of circle(-87.63, CHICAGO, 400)) {
      const dy = (lat - CHICAGO) * 111_195;
      const dx = (lon + 87.63) * 111_195 * Math.cos((CHICAGO * Math.PI) / 180);
      expect(Math.hypot(dx, dy)).toBeCloseTo(400, 0);
    }
  });

  it("give a scale bar a round length", () => {
    expect(roundLength(10, 110, 1)).toBe(1000);
    expect(roundLength(10, 110, 1609.344)).toBe(0.5);
  });
});
