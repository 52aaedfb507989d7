import { describe, expect, it } from "vitest";
import { bandOfYears } from "../src/schools/features";
import type { OfferSeries, SimulatedSchool } from "../src/schools/offers";
import { bandText, lastDistanceText, moveText, yearText } from "../src/schools/offers";
import type { Catchment, SchoolFeature } from "../src/schools/types";

const SIMULATED: SimulatedSchool = {
  id: "1",
  name: "Hill School",
  distance_m: 300,
  by_distance: true,
  places: 60,
  last_m: { p5: 430, p50: 650, p95: 1870 },
  share: 1,
  chance: "likely in nearly all draws",
  words: "",
};

describe("a last distance", () => {
  it("is as exact as it is published", () => {
    expect(lastDistanceText(537, "metric", "en-GB")).toBe("537\u00a0m");
    expect(lastDistanceText(1012, "metric", "en-GB")).toBe("1.01\u00a0km");
    expect(lastDistanceText(537, "imperial", "en-US")).toBe("0.33\u00a0miles");
  });

  it("that is doubtful, or none, says so and is never 0", () => {
    expect(yearText({ year: 2016, last_distance_m: 113, status: "doubtful" }, "metric", "en-GB")).toBe("113\u00a0m, doubtful");
    expect(yearText({ year: 2016, last_distance_m: null, status: "not by distance" }, "metric", "en-GB")).toBe("not by distance");
    expect(lastDistanceText(null, "metric", "en-GB")).toBe("–");
  });

  it("moves by a share with its sign", () => {
    expect(moveText(0.45, "en-GB")).toBe("+45%");
    expect(moveText(0, "en-GB")).toBe("0%");
  });
});

describe("a simulated band", () => {
  it("runs from one distance to another, or has no limit", () => {
    expect(bandText(SIMULATED, "metric", "en-GB")).toBe("430\u00a0m to 1.87\u00a0km");
    expect(bandText({ ...SIMULATED, last_m: { p5: 430, p50: null, p95: null } }, "metric", "en-GB")).toBe("430\u00a0m to no limit");
    expect(bandText({ ...SIMULATED, last_m: { p5: null, p50: null, p95: null } }, "metric", "en-GB")).toContain("nobody is turned away");
    expect(bandText({ ...SIMULATED, last_m: null }, "metric", "en-GB")).toBe("–");
  });
});

describe("the band of all years on the map", () => {
  const school = { type: "Feature", id: "1", geometry: { type: "Point", coordinates: [-0.3, 51.4] } } as SchoolFeature;
  const drawn = (least_m: number | null, most_m: number | null): Catchment => {
    const last = { least_m, most_m } as OfferSeries;
    return { type: "Feature", geometry: null, properties: { last } as Catchment["properties"] };
  };

  it("is a ring with the shortest distance as its hole", () => {
    const [ring] = bandOfYears(drawn(500, 1000), school);
    expect(ring?.geometry.type === "Polygon" && ring.geometry.coordinates.length).toBe(2);
  });

  it("is nothing of one year alone, and of a school without a place", () => {
    expect(bandOfYears(drawn(500, 500), school)).toEqual([]);
    expect(bandOfYears(drawn(null, null), school)).toEqual([]);
    expect(bandOfYears(drawn(500, 1000), undefined)).toEqual([]);
  });
});
