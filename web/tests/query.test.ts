import { describe, expect, it } from "vitest";
import { queryString } from "../src/api/client";
import type { Dataset, Phrase } from "../src/api/types";
import { classColours, classOf, quantileLimits } from "../src/map/colours";
import { asCurl, asPython, downloadUrl } from "../src/panel/export";
import { viewOf } from "../src/state/phrase";
import { queryOf } from "../src/state/query";
import { layersFor, subjectsOf } from "../src/state/subjects";
import type { Filter, View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const dataset = (id: string, standard: string | null, rows = 1): Dataset =>
  ({
    id,
    city: id.split(".")[0],
    title: id,
    standard,
    rows,
    loaded: true,
    fields: [
      { name: "category", type: "string", extra: false },
      { name: "cost", type: "number", extra: false },
      { name: "limit", type: "string", extra: false },
      { name: "seen_on", type: "date", extra: true },
      { name: "changed_at", type: "datetime", extra: true },
    ],
    roles: { time: "occurred_at", search: ["category"] },
  }) as unknown as Dataset;

const crimes = dataset("chicago.crimes", "crime_incident@1");
const ask = (filters: Filter[], change: Partial<View> = {}) =>
  queryOf({ ...INITIAL, ...change }, { dataset: crimes.id, filters }, crimes);

describe("a layer's query", () => {
  it("has one parameter for each value of a field", () => {
    expect(ask([{ kind: "values", field: "category", values: ["theft", "robbery, armed"] }])).toEqual([
      ["category", "theft"],
      ["category", "robbery, armed"],
    ]);
  });

  it("writes ranges as one CQL2 filter, by the field's type", () => {
    const [[name, text] = []] = ask([
      { kind: "range", field: "cost", min: "5", max: "1e3" },
      { kind: "range", field: "seen_on", min: "2018-01-01", max: null },
    ]);
    expect(name).toBe("filter");
    expect(text).toBe("cost >= 5 AND cost <= 1000 AND seen_on >= DATE('2018-01-01')");
  });

  it("takes whole days of a field with a clock", () => {
    expect(ask([{ kind: "range", field: "changed_at", min: "2018-01-01", max: "2018-01-31" }])).toEqual([
      ["filter", "changed_at >= DATE('2018-01-01') AND changed_at < DATE('2018-02-01')"],
    ]);
  });

  it("asks for a field with a reserved name in CQL2, its value quoted", () => {
    expect(ask([{ kind: "values", field: "limit", values: ["it's"] }])).toEqual([["filter", "limit IN ('it''s')"]]);
  });

  it("takes only the places of its own city", () => {
    const near = { kind: "near", lon: -87.63, lat: 41.88, metres: 400, label: "" } as const;
    const places = [
      { ...near, city: "chicago" },
      { ...near, city: "london" },
    ];
    expect(ask([], { places })).toEqual([["near", "-87.63,41.88,400"]]);
  });

  it("closes a drawn shape", () => {
    const places = [{ kind: "shape", city: "chicago", corners: [[0, 0], [1, 0], [1, 1]] } as const];
    const shape = ask([], { places: places as unknown as View["places"] });
    expect(shape).toEqual([["filter", "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 0)))"]]);
  });

  it("asks for time in the city's own days", () => {
    const time = { start: "2018-08-01", end: "2018-08-07" };
    expect(ask([], { time })).toEqual([["datetime", "2018-08-01/2018-08-07"]]);
    expect(
      queryOf({ ...INITIAL, time }, { dataset: crimes.id, filters: [] }, crimes, { time: true }),
    ).toEqual([]);
  });

  it("is escaped in an address", () => {
    expect(queryString([["q", 'a&b="c"'], ["near", "-87.6,41.8,400"]])).toBe("?q=a%26b%3D%22c%22&near=-87.6,41.8,400");
  });
});

describe("an answer as code", () => {
  const asked = { dataset: "chicago.crimes", params: [["q", "it's \"so\""]] as const };

  it("cannot leave its quotes", () => {
    expect(asCurl(asked, "http://x")).toContain("'http://x/collections/chicago.crimes/items?q=it'\\''s%20%22so%22&f=csv'");
    expect(asPython(asked, "http://x")).toContain('("q", "it\'s \\"so\\""),');
  });

  it("is the full set", () => {
    expect(downloadUrl(asked, "geojson")).toContain("&f=geojson&download=true");
  });
});

describe("subjects", () => {
  const london = dataset("london.street_crimes", "crime_incident@1", 5);
  const other = dataset("london.crimes_city", "crime_incident@1", 9);
  const all = new Map([crimes, london, other].map((each) => [each.id, each]));

  it("pair the cities by standard, in one colour", () => {
    const layers = [crimes, london].map(({ id }) => ({ dataset: id, filters: [] }));
    const [subject, ...rest] = subjectsOf({ ...INITIAL, scope: "both", layers }, all);
    expect(rest).toEqual([]);
    expect(subject?.shown.map(({ index }) => index)).toEqual([0, 1]);
    expect(subjectsOf({ ...INITIAL, scope: "london", layers }, all)[0]?.shown[0]?.index).toBe(1);
  });

  it("find the other city's answer to the same standard, with the filters it understands", () => {
    const filters: Filter[] = [
      { kind: "values", field: "category", values: ["theft"] },
      { kind: "range", field: "seen_on", min: "2018-01-01", max: null },
    ];
    const layers = layersFor("both", [{ dataset: crimes.id, filters }], ["chicago", "london"], all);
    expect(layers).toHaveLength(2);
    expect(layers[1]).toEqual({ dataset: "london.crimes_city", filters: [filters[0]] });
  });
});

describe("a phrase", () => {
  it("becomes layers, places and a time", () => {
    const phrase: Phrase = {
      chips: [{ kind: "near", label: "within 400 m of Daley Center", start: 0, end: 1 }],
      queries: [
        {
          dataset: "chicago.crimes",
          params: { q: "theft", near: "-87.63,41.88,400", datetime: "2018-08-01T05:00:00Z/..", category: ["a", "b"] },
          url: "",
        },
      ],
      unread: [],
      hints: [],
    };
    const view = viewOf(phrase, () => "America/Chicago");
    expect(view?.places).toEqual([
      { kind: "near", city: "chicago", lon: -87.63, lat: 41.88, metres: 400, label: "Daley Center" },
    ]);
    expect(view?.time).toEqual({ start: "2018-08-01", end: null });
    expect(view?.layers?.[0]?.filters).toEqual([
      { kind: "text", words: "theft" },
      { kind: "values", field: "category", values: ["a", "b"] },
    ]);
  });

  it("that names no dataset changes nothing", () => {
    expect(viewOf({ chips: [], queries: [], unread: ["x"], hints: [] }, () => "UTC")).toBeNull();
  });
});

describe("classes of a map", () => {
  it("hold about as many cells each", () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    const limits = quantileLimits(values);
    expect(limits).toEqual([21, 41, 61, 81]);
    const sizes = [0, 0, 0, 0, 0];
    for (const value of values) sizes[classOf(value, limits)]! += 1;
    expect(sizes).toEqual([20, 20, 20, 20, 20]);
  });

  it("fall together when values are equal", () => {
    expect(quantileLimits([7, 7, 7])).toEqual([]);
    expect(classColours(1)).toHaveLength(1);
    expect(classColours(2)).toEqual(["#440154", "#FDE725"]);
  });
});
