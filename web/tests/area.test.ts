import { expect, test } from "vitest";
import type { City, Dataset, Feature } from "../src/api/types";
import { areaOf, isIn, notOnlyIn, onlyIn } from "../src/state/area";
import type { AreaPlace, Place } from "../src/state/view";
import { fromUrl, toUrl } from "../src/state/url";

const LONDON = {
  id: "london",
  boundaries: [
    { name: "boroughs", dataset: "london.boroughs", singular: "borough", valid_from: null, valid_to: null },
    { name: "wards", dataset: "london.wards", singular: "ward", valid_from: null, valid_to: null },
  ],
} as City;

function dataset(id: string): Dataset {
  return { id, city: "london", roles: { key: "area_id", label: "name" } } as Dataset;
}

function feature(properties: Feature["properties"]): Feature {
  return { type: "Feature", id: 7, geometry: null, properties };
}

const HACKNEY: AreaPlace = { kind: "area", city: "london", boundary: "london.boroughs", id: "E09000012", label: "Hackney" };
const CAMDEN: AreaPlace = { ...HACKNEY, id: "E09000007", label: "Camden" };
const AUSTIN: AreaPlace = { kind: "area", city: "chicago", boundary: "chicago.areas", id: "25", label: "Austin" };
const NEAR: Place = { kind: "near", city: "london", lon: -0.1, lat: 51.5, metres: 400, label: "" };

test("a feature of a boundary set is an area, by its key and its name", () => {
  const found = areaOf(feature({ area_id: "E09000012", name: "Hackney" }), dataset("london.boroughs"), LONDON);
  expect(found).toEqual(HACKNEY);
});

test("an area that has only a number is called after its kind", () => {
  expect(areaOf(feature({ area_id: 42, name: "42" }), dataset("london.wards"), LONDON)?.label).toBe("Ward 42");
  expect(areaOf(feature({ area_id: 42, name: null }), dataset("london.wards"), LONDON)?.label).toBe("Ward 42");
});

test("any other feature is none, and neither is one without its key", () => {
  expect(areaOf(feature({ area_id: "1", name: "A park" }), dataset("london.parks"), LONDON)).toBeNull();
  expect(areaOf(feature({ area_id: null, name: "Nowhere" }), dataset("london.boroughs"), LONDON)).toBeNull();
});

test("only in one area leaves the other city and other kinds of place as they are", () => {
  const places = onlyIn([CAMDEN, NEAR, AUSTIN], HACKNEY);
  expect(places).toEqual([NEAR, AUSTIN, HACKNEY]);
  expect(isIn(places, HACKNEY)).toBe(true);
  expect(isIn(places, CAMDEN)).toBe(false);
  expect(notOnlyIn(places, HACKNEY)).toEqual([NEAR, AUSTIN]);
});

test("it stands in the address as the search line writes it", () => {
  const url = toUrl({ ...fromUrl(""), places: [HACKNEY] });
  expect(url).toBe("?in=london.boroughs%3BE09000012%3BHackney".replaceAll("%3B", ";"));
  expect(fromUrl(url).places).toEqual([HACKNEY]);
});
