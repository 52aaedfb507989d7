import { describe, expect, it } from "vitest";
import type { AccessCheck, Change, ForecastError, GroupShare, MovedArea, PlaceRow, Receiving, ReplayedSchool } from "../src/schools/planning/api";
import { checksOf, distanceWords, waysOf } from "../src/schools/planning/access/measure";
import { NINE, pairColours, pairCounts, pairWords } from "../src/schools/planning/layers/bivariate";
import { changeWords, closedBy, cornersOf, newPoints, readChanges, readPolygon, ringOf, writeChanges } from "../src/schools/planning/whatif/changes";
import { classRows, colourById, innerLimits } from "../src/schools/planning/classes";
import { telling } from "../src/schools/planning/whatif/replay";
import { byGain, colouredAreas, filled, fullBefore, held, knowsPlaces, mostAbove, whoTable } from "../src/schools/planning/whatif/result";
import { Draft } from "../src/schools/planning/whatif/draft.svelte";
import { backTest, bandCounts, bestMethod, bySubject, forecastParams, inOrder, ownInputs, placesParams, withoutNotes } from "../src/schools/planning/places/supply";
import { cellText, fileName, shownRows, toCsv } from "../src/schools/planning/table";
import { SMALL } from "../src/think/figures/cells";

const METRIC = { locale: "en-GB", units: "metric" } as const;

const CHANGES: Change[] = [
  { do: "close", school: "100049" },
  { do: "open", name: "Free School; “North, 2”~", lon: -0.12345, lat: 51.5, places: 900, like: "100050" },
  { do: "open", name: "New school", lon: -0.1, lat: 51.6, places: 0, like: null },
  { do: "merge", schools: ["1", "2", "3"], into: "1" },
  { do: "resize", school: "4", places: 1200 },
  { do: "zone", school: "5", zone: ringOf([[-0.1, 51.5], [-0.2, 51.5], [-0.15, 51.6]]) },
  { do: "homes", lon: -0.3, lat: 51.4, homes: 500, pupils_per_home: 0.25 },
];

describe("the changes of a what-if in the address", () => {
  it("come back whole, all kinds of them together", () => {
    expect(readChanges(writeChanges(CHANGES))).toEqual(CHANGES);
  });

  it.each(CHANGES)("come back whole alone: $do", (change) => {
    expect(readChanges(writeChanges([change]))).toEqual([change]);
  });

  it("can be read by a person", () => {
    expect(writeChanges(CHANGES.slice(0, 1))).toBe("close,100049");
    expect(writeChanges(CHANGES.slice(3, 5))).toBe("merge,1,2,3;resize,4,1200");
  });

  it.each(["", "close", "close,", "open,here,there,900", "open,-0.1,99,900", "merge,1", "merge,1,1", "resize,4,many", "resize,4,-1", "zone,5,1,2,3,4", "homes,-0.1,51.5", "explode,1"])(
    "leave out what is no change: %s",
    (text) => expect(readChanges(text)).toEqual([]),
  );

  it("are as many as a question has, no more", () => {
    expect(readChanges(Array.from({ length: 50 }, (_, i) => `close,${i}`).join(";"))).toHaveLength(20);
  });

  it("speak as a planner does", () => {
    const nameOf = (id: string): string => `School ${id}`;
    expect(CHANGES.map((change) => changeWords(change, nameOf, "en-GB"))).toEqual([
      "Close School 100049",
      "Open Free School; “North, 2”~, 900 places",
      "Open New school, 0 places",
      "Merge School 2 and School 3 into School 1",
      "School 4 with 1,200 places",
      "New zone for School 5",
      "500 new homes",
    ]);
  });

  it("know which schools are gone, and what is new", () => {
    expect(closedBy(CHANGES)).toEqual(new Set(["100049", "2", "3"]));
    expect(newPoints(CHANGES).map(({ kind, at }) => [kind, at])).toEqual([
      ["open", [-0.12345, 51.5]],
      ["open", [-0.1, 51.6]],
      ["homes", [-0.3, 51.4]],
    ]);
  });
});

describe("a zone that is pasted", () => {
  const ring = ringOf([[0, 0], [1, 0], [1, 1]]);

  it.each([ring, { type: "Feature", geometry: ring, properties: {} }, { type: "FeatureCollection", features: [{ type: "Feature", geometry: ring }] }])(
    "is read from $type",
    (given) => expect(readPolygon(JSON.stringify(given))).toEqual(ring),
  );

  it.each(["", "polygon", "[]", "null", '{"type":"Point","coordinates":[0,0]}', '{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}', '{"type":"Polygon","coordinates":[[[0,0],[500,0],[1,1]]]}', '{"type":"Polygon"}'])(
    "is not read from %s",
    (text) => expect(readPolygon(text)).toBeNull(),
  );

  it("is closed once", () => {
    expect(cornersOf(ring)).toEqual([[0, 0], [1, 0], [1, 1]]);
    expect(ring.coordinates[0]).toHaveLength(4);
  });
});

describe("classes", () => {
  const values = [{ id: "a", value: 1 }, { id: "b", value: 10 }, { id: "c", value: null }, { id: "d", value: 25 }];

  it("colour the areas that have a value, and no other", () => {
    const colours = colourById(values, [10, 20]);
    expect([...colours.keys()]).toEqual(["a", "b", "d"]);
    expect(new Set(colours.values()).size).toBe(2);
  });

  it("are told in words, and add up to the areas that have a value", () => {
    const rows = classRows(values, [10, 20], (value) => `${value} m`);
    expect(rows.map(({ label, areas }) => [label, areas])).toEqual([["up to 10 m", 2], ["10 m to 20 m", 0], ["over 20 m", 1]]);
  });

  it("keep only limits that part values", () => {
    expect(innerLimits([0, 5, 10, 25, 40], [1, 10, null, 25])).toEqual([5, 10]);
  });
});

describe("two layers at once", () => {
  it("have nine colours that differ", () => {
    expect(new Set(NINE.flat()).size).toBe(9);
  });

  it("leave out areas where one is not known", () => {
    const cells = [{ id: "x", a: 0, b: 2 }, { id: "y", a: null, b: 1 }, { id: "z", a: 2, b: 0 }];
    expect(pairColours(cells)).toEqual(new Map([["x", "#BE64AC"], ["z", "#5AC8C8"]]));
    expect(pairCounts(cells).flat().reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(pairWords(0, 2, ["income", "poverty"])).toBe("low in income, high in poverty");
  });
});

describe("places", () => {
  const row = (id: string, surplus: number | null, utilisation: number | null, band: PlaceRow["band"]): PlaceRow => ({
    id, name: `School ${id}`, lon: null, lat: null, capacity: null, capacity_year: null, pupils: null,
    surplus, surplus_share: null, utilisation, band, forms_of_entry_gap: null, forecast: null,
  });
  const rows = [row("1", 10, 0.9, "efficient"), row("2", null, null, "unknown"), row("3", -30, 1.2, "over"), row("4", 200, 0.4, "under")];

  it("stand in the order that is asked for, unknown ones last", () => {
    const ids = (order: Parameters<typeof inOrder>[1]): string => inOrder(rows, order).map(({ id }) => id).join("");
    expect([ids("surplus"), ids("short"), ids("utilisation"), ids("name")]).toEqual(["4132", "3142", "3142", "1234"]);
    expect(bandCounts(rows)).toEqual({ under: 1, efficient: 1, over: 1, unknown: 1 });
  });

  it("follow a person's own rule with its inputs only when it is chosen", () => {
    const inputs = ownInputs({ rule: "own", rule_room: "25", rule_share: "much", by: "school" });
    expect(inputs).toEqual({ room: 25 });
    expect(placesParams("primary", "school", "2012", "own", inputs)).toEqual([["stage", "primary"], ["by", "school"], ["year", "2012"], ["rule", "own"], ["room", "25"]]);
    expect(placesParams("primary", "school", "", "2018", inputs).some(([name]) => name === "room")).toBe(false);
  });

  it("are forecast beside simple methods", () => {
    const error = (years_ahead: number, method: string, value: number | null): ForecastError => ({
      subject: method === "births" ? "entry" : "schools", years_ahead, method, baseline: method === "same", error: value, bias: null, coverage95: null, note: "",
    });
    const { years, methods } = backTest([error(3, "same", 0.121), error(1, "same", 0.055), error(1, "ours", 0.05), error(3, "ours", null)]);
    expect(years).toEqual([1, 3]);
    expect(methods.map(({ method }) => method)).toEqual(["same", "ours"]);
    expect([bestMethod(methods, 1), bestMethod(methods, 3), bestMethod(methods, 5)]).toEqual(["ours", "same", null]);
    expect(bySubject([error(1, "births", 0.1), error(1, "same", 0.2), error(3, "births", 0.3)]).map(([subject, all]) => [subject, all.length])).toEqual([["entry", 2], ["schools", 1]]);
  });

  it("ask for the pupils to come of a school, an area or the city", () => {
    const stage = "primary";
    expect(forecastParams({ of: "", by: "school", stage })).toEqual([["all", "1"], ["stage", stage]]);
    expect(forecastParams({ of: "1", by: "school", stage })).toEqual([["school", "1"]]);
    expect(forecastParams({ of: "E09", by: "area", stage })).toEqual([["area", "E09"], ["stage", stage]]);
  });

  it("say their notes apart from the answer", () => {
    expect(withoutNotes("Half are full. Places are old. Some are unknown.", ["Places are old.", "Some are unknown."])).toBe("Half are full.");
  });
});

describe("a table twin", () => {
  const table = {
    columns: [
      { name: "name", label: "School", kind: "text" as const },
      { name: "pupils", label: "Pupils", kind: "count" as const },
      { name: "share", label: "Share", kind: "share" as const },
    ],
    rows: [["One, \"the first\"", 1234, 0.256], ["Two", SMALL, null]],
  };

  it("writes numbers in the person's manner", () => {
    expect(shownRows(table, METRIC)).toEqual([["One, \"the first\"", "1,234", "25.6\u00a0%"], ["Two", SMALL, "–"]]);
    expect(cellText(1500, "metres", METRIC)).toBe("1.5\u00a0km");
    expect(cellText(-12, "signed", METRIC)).toBe("−12");
  });

  it("is saved as it is: hidden is never zero", () => {
    expect(toCsv(table)).toBe('name,pupils,share\r\n"One, ""the first""",1234,0.256\r\nTwo,hidden (1–4),\r\n');
    expect(fileName("What if: close St Mary’s? (2016)")).toBe("what-if-close-st-marys-2016");
  });
});

describe("a change that is put together", () => {
  it("has a place once both its parts are there", () => {
    const draft = new Draft();
    draft.turnTo("homes");
    draft.lon = "-87.65";
    expect(draft.change()).toBeNull();
    draft.lat = "somewhere";
    expect(draft.at).toBeNull();
    draft.lat = "41.85";
    expect(draft.change()).toEqual({ do: "homes", lon: -87.65, lat: 41.85, homes: 500, pupils_per_home: 0.25 });
    draft.put([-0.123456789, 51.5]);
    expect(draft.at).toEqual([-0.12346, 51.5]);
  });

  it("says what it lacks until nothing is lacking", () => {
    const draft = new Draft();
    draft.turnTo("merge");
    expect(draft.lacks).toContain("stays");
    draft.pick("1");
    expect(draft.lacks).toContain("joins");
    draft.pick("1");
    draft.pick("2");
    draft.pick("2");
    expect(draft.lacks).toBe("");
    expect(draft.change()).toEqual({ do: "merge", schools: ["1", "2"], into: "1" });
    draft.clear();
    expect(draft.change()).toBeNull();
  });

  it("draws a zone of at least three corners for a school that is chosen", () => {
    const draft = new Draft();
    draft.turnTo("zone");
    expect(draft.placing).toBe(false);
    draft.pick("1");
    for (const corner of [[0, 0], [1, 0], [1, 1]] as const) draft.put([...corner]);
    expect(draft.change()).toEqual({ do: "zone", school: "1", zone: ringOf([[0, 0], [1, 0], [1, 1]]) });
    draft.turnTo("close");
    expect([draft.corners, draft.school]).toEqual([[], "1"]);
  });
});

describe("what a what-if answers", () => {
  const school = (id: string, before: number, after: number, capacity: number | null): Receiving => ({
    id, name: `School ${id}`, lon: null, lat: null, before, after, capacity, capacity_year: null,
    over: capacity === null ? 0 : Math.max(0, after - capacity),
  });
  const receiving = [school("a", 90, 110, 100), school("b", 120, 130, 100), school("c", 10, 90, null), school("d", 10, 20, 100)];

  it("tells schools that become too full from those that were", () => {
    expect(filled(receiving).map(({ id }) => id)).toEqual(["a"]);
    expect(fullBefore(receiving).map(({ id }) => id)).toEqual(["b"]);
    expect(byGain(receiving).map(({ id }) => id)).toEqual(["c", "a", "b", "d"]);
    expect([knowsPlaces(receiving), knowsPlaces([school("c", 1, 2, null)])]).toEqual([true, false]);
  });

  it("finds the group that stands out, among those that are known", () => {
    const group = (label: string, share: number | null, city_share: number | null): GroupShare => ({ group: "g", title: "Income", label, pupils: null, share, city_share });
    expect(mostAbove([group("low", 0.5, 0.2), group("high", 0.5, 0.4), group("?", null, 0.1)])?.label).toBe("low");
    expect(mostAbove([group("?", null, null)])).toBeNull();
    expect(whoTable([group("low", 0.5, 0.2)], 5).rows[0]).toContainEqual(held(5));
  });

  it("says of a hidden number only its bounds, whatever the limit", () => {
    expect([held(3).hidden, held(5).hidden, held(2).hidden]).toEqual(["1–2", "1–4", "1"]);
    const areas: MovedArea[] = [10, null].map((pupils_moved, i) => ({ type: "Feature", geometry: null, properties: { id: String(i), name: "", pupils_moved, extra_m: null } }));
    expect(colouredAreas(areas, [5]).map(({ properties }) => properties.colour === "")).toEqual([false, true]);
  });
});

describe("a replay", () => {
  const school = (id: string, predicted: number | null, happened: number | null): ReplayedSchool => ({ id, name: id, lon: null, lat: null, before: 100, predicted, happened, chosen: null, naive: null });

  it("tells of the large schools that were foretold best, and of those foretold worst", () => {
    const told = telling([school("right", 200, 201), school("near", 150, 155), school("wrong", 10, 90), school("worse", 200, -20), school("unknown", null, 3), school("small", 1, 1)], "en-GB");
    expect(told.map(({ id }) => id)).toEqual(["right", "near", "worse", "wrong"]);
    expect(told[2]?.words).toContain("220 fewer than foretold");
    expect(telling([school("one", 1, 2)], "en-GB")).toEqual([]);
  });
});

describe("distances to the nearest school", () => {
  it("are written alike, so that they can be held against each other", () => {
    expect([301, 604, 1000].map((metres) => distanceWords(metres, "imperial", "en-US"))).toEqual(["0.19 miles", "0.38 miles", "0.62 miles"]);
    expect(distanceWords(604, "metric", "en-GB")).toBe("604 m");
  });
});

describe("the way that distances go", () => {
  it("can be chosen where streets can be gone along, or something was asked for", () => {
    const broken = { streets: { usable: false }, way: "straight" } as const;
    expect([waysOf(undefined, ""), waysOf({ streets: null, way: "straight" }, ""), waysOf(broken, "")]).toEqual([[], [], []]);
    expect(waysOf(broken, "streets").map(({ id }) => id)).toEqual(["", "streets", "straight"]);
    expect(waysOf({ streets: { usable: true }, way: "streets" }, "")[0]?.name).toBe("the better way, along streets");
  });

  it("stands with its errors beside the other way's", () => {
    const check = (way: "streets" | "straight", what: "metres" | "minutes", median_error: number | null): AccessCheck => ({ against: "OSRM", what, way, median_error, rows: 9 });
    const told = checksOf([check("streets", "metres", 0.05), check("streets", "minutes", null), check("straight", "metres", 0.09), check("straight", "minutes", 0.07)]);
    expect(told.map(({ what, errors }) => [what, errors.map(({ way, median }) => `${way}: ${median}`)])).toEqual([
      ["distances", ["along streets: 0.05", "by straight lines: 0.09"]],
      ["minutes", ["along streets: null", "by straight lines: 0.07"]],
    ]);
  });
});
