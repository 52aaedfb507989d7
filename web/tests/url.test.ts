import { describe, expect, it } from "vitest";
import { fromUrl, toUrl } from "../src/state/url";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const FULL: View = {
  ...INITIAL,
  page: "explore",
  scope: "both",
  layers: [
    {
      dataset: "chicago.crimes",
      filters: [
        { kind: "text", words: 'theft "retail store"' },
        { kind: "values", field: "category", values: ["theft", "a;b~c", "50% & more"] },
      ],
    },
    {
      dataset: "london.crimes",
      filters: [
        { kind: "range", field: "cost", min: "-5.5", max: null },
        { kind: "range", field: "seen_at", min: "2018-01-01T00:00:00Z", max: "2018-02-01T23:59:59Z" },
        { kind: "expression", cql: "category <> 'theft' AND cost > 3" },
      ],
    },
  ],
  focus: 1,
  places: [
    { kind: "near", city: "chicago", lon: -87.63021, lat: 41.88415, metres: 400, label: "Daley Center, Loop" },
    { kind: "area", city: "london", boundary: "london.boroughs", id: "E09000012", label: "Hackney" },
    { kind: "shape", city: "chicago", corners: [[-87.7, 41.8], [-87.6, 41.8], [-87.6, 41.9]] },
  ],
  time: { start: "2018-01-01", end: "2018-03-31" },
  tab: "table",
  wide: true,
  sort: "-occurred_at",
  colour: "category",
  measure: "avg",
  areas: { chicago: "chicago.wards_2015" },
  cameras: { chicago: { lat: 41.87812, lon: -87.6298, zoom: 11.25 }, london: { lat: 51.5, lon: -0.12, zoom: 11.5 } },
  feature: { dataset: "chicago.crimes", id: "a/b c" },
  about: "",
  find: "",
  theme: "",
};

describe("a view in the address bar", () => {
  it("is empty at the start", () => {
    expect(toUrl(INITIAL)).toBe("");
    expect(fromUrl("")).toEqual(INITIAL);
  });

  it("comes back whole", () => {
    expect(fromUrl(toUrl(FULL))).toEqual(FULL);
  });

  it("keeps the catalogue's state", () => {
    const view: View = { ...INITIAL, page: "catalogue", find: "food & drink", theme: "base map" };
    expect(fromUrl(toUrl(view))).toEqual(view);
  });

  it("can be read by a person", () => {
    const view: View = { ...INITIAL, layers: [{ dataset: "chicago.crimes", filters: [{ kind: "text", words: "theft" }] }] };
    expect(toUrl(view)).toBe("?data=chicago.crimes&text=theft");
  });

  it("gives each filter to the dataset before it", () => {
    const { layers } = fromUrl("?data=a.one&text=x&data=a.two&is=kind;bus;tram");
    expect(layers).toEqual([
      { dataset: "a.one", filters: [{ kind: "text", words: "x" }] },
      { dataset: "a.two", filters: [{ kind: "values", field: "kind", values: ["bus", "tram"] }] },
    ]);
  });

  it.each([
    "?time=yesterday/now",
    "?map=chicago,north,west,big",
    "?near=chicago,a,b,c",
    "?shape=chicago,1,2",
    "?text=orphan",
    "?page=admin&tab=secrets",
    "?open=nothing",
    "?focus=-3",
  ])("leaves out what it cannot read: %s", (search) => {
    expect(fromUrl(search)).toEqual(INITIAL);
  });

  it("never points behind the last layer", () => {
    expect(fromUrl("?data=a.one&focus=7").focus).toBe(0);
  });
});
