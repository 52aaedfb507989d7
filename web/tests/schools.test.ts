import { describe, expect, it } from "vitest";
import { measureText, cohortText, factLink, factText } from "../src/schools/card/words";
import { spark, stands } from "../src/schools/card/series";
import { drawnShape, feederLines, homePlaces, NOTHING, origin, placeShapes, reachRings, schoolLines, schoolPoints } from "../src/schools/features";
import { facetValues, NOT_STATED, passes, relief, toggled } from "../src/schools/filters";
import { findSchools, folded } from "../src/schools/find";
import { sankey } from "../src/schools/panel/sankey";
import { phaseOf, PHASES } from "../src/schools/symbols";
import type { AreaSchools, Measure, RankedSchool, SchoolAreas, SchoolFeature, SchoolProperties } from "../src/schools/types";
import { between, distanceText, groundText, hiddenMeaning, hiddenText, pupilsText, schoolKind, schoolYear, shareText } from "../src/schools/words";

function school(id: string, name: string, of: Partial<SchoolProperties> = {}): SchoolFeature {
  const plain: SchoolProperties = {
    name,
    phase: "secondary",
    stages: ["secondary"],
    kind: "Community school",
    governance: "public",
    gender: "mixed",
    faith: "",
    admissions: "",
    status: "open",
    pupils: 900,
    capacity: null,
    has_flows: true,
  };
  return { type: "Feature", id, geometry: { type: "Point", coordinates: [-0.1, 51.5] }, properties: { ...plain, ...of } };
}

const SCHOOLS = [
  school("1", "St. Mary’s School", { faith: "Roman Catholic", gender: "girls" }),
  school("2", "Maryland Primary School", { phase: "primary", stages: ["primary"], pupils: null }),
  school("3", "École Jeannine Manuel", { phase: "other", kind: "Other independent school", stages: ["primary", "secondary"] }),
  school("4", "Old Mary Hall", { status: "closed" }),
];

function ranked(id: string, pupils: number | null, at: [number | null, number | null] = [-0.2, 51.6]): RankedSchool {
  const hidden = pupils === null;
  return {
    id,
    name: `School ${id}`,
    lon: at[0],
    lat: at[1],
    phase: "secondary",
    kind: "",
    pupils,
    at_least: hidden ? 1 : pupils,
    at_most: hidden ? 4 : pupils,
    status: hidden ? "hidden" : "shown",
    share: hidden ? null : pupils / 100,
    distance_m: 100,
    rank: 1,
    zoned: false,
  };
}

function place(schools: RankedSchool[], of: Partial<AreaSchools> = {}): AreaSchools {
  return {
    areas: [{ id: "a", name: "A" }],
    place: { label: "here", lon: -0.1, lat: 51.5 },
    flows: "x:2020",
    year: 2020,
    stage: "secondary",
    total: 100,
    shown: 90,
    hidden: { schools: 2, pupils_at_least: 2, pupils_at_most: 8 },
    words: "",
    schools,
    outline: null,
    result: "no zone used",
    zones: [],
    sources: [],
    ...of,
  };
}

describe("a hidden number", () => {
  const hidden = { pupils: null, at_least: 1, at_most: 4, status: "hidden" };

  it("is said by what it can be, and never as zero", () => {
    expect(pupilsText(hidden, "en-GB")).toBe("1–4");
    expect(between({ at_least: null, at_most: 4 }, "en-GB")).toBe("up to 4");
    expect(between({ at_least: null, at_most: null }, "en-GB")).toBe("not known");
    expect(shareText(null, "en-GB")).toBe("–");
  });

  it("says of a hidden number that it may be a larger one beside a small one", () => {
    expect(hiddenMeaning(5, "en-GB")).toBe("hidden: below 5, or would give one away");
    expect(hiddenMeaning(0, "en-GB")).toBe("hidden");
  });

  it("is told apart from one that was counted, and from one that a model worked out", () => {
    expect(pupilsText({ ...hidden, pupils: 1234, status: "shown" }, "en-GB")).toBe("1,234");
    expect(pupilsText({ ...hidden, pupils: 3.36, status: "modelled" }, "en-GB")).toBe("about 3.4");
    expect(pupilsText({ ...hidden, pupils: 0.01, status: "modelled" }, "en-GB")).toBe("about <0.1");
  });

  it("is counted with the others that are held back", () => {
    const sum = { areas: 14, pupils_at_least: 14, pupils_at_most: 56 };
    expect(hiddenText(sum, "en-GB")).toBe("14–56 pupils in 14 areas");
    expect(hiddenText({ schools: 1, pupils_at_least: 3, pupils_at_most: 3 }, "en-GB")).toBe("3 pupils in 1 school");
    expect(hiddenText({ areas: null, pupils_at_least: 127, pupils_at_most: 127 }, "en-GB")).toBe("127 pupils");
    expect(hiddenText({ areas: 0, pupils_at_least: 0, pupils_at_most: 0 }, "en-GB")).toBe("");
  });

  it("has a line of its own on the map, without strength", () => {
    const { features } = schoolLines(place([ranked("1", 50), ranked("2", null)]), 9);
    expect(features.map(({ properties }) => properties)).toEqual([
      { id: "2", strength: 0, hidden: true },
      { id: "1", strength: 1, hidden: false },
    ]);
  });
});

describe("distances and ground", () => {
  it("are as exact as homes are known, in the units of the screen", () => {
    expect(distanceText(858, "metric", "en-GB")).toBe("860 m");
    expect(distanceText(999, "metric", "en-GB")).toBe("1.0\u00a0km");
    expect(distanceText(2244, "metric", "en-GB")).toBe("2.2\u00a0km");
    expect(distanceText(100, "imperial", "en-US")).toBe("330\u00a0feet");
    expect(distanceText(1609, "imperial", "en-US")).toBe("1\u00a0mile");
    expect(distanceText(700, "imperial", "en-US")).toBe("0.4\u00a0miles");
    expect(distanceText(32_187, "imperial", "en-US")).toBe("20\u00a0miles");
    expect(distanceText(null, "metric", "en-GB")).toBe("–");
    expect(groundText(8.14, "metric", "en-GB")).toBe("8.1 km²");
    expect(groundText(8.14, "imperial", "en-US")).toBe("3.1 sq mi");
  });

  it("have school years beside them that begin in one year and end in the next", () => {
    expect(schoolYear(2015)).toBe("2015-16");
    expect(schoolYear(1999)).toBe("1999-00");
    expect(schoolYear(2015, "calendar")).toBe("2015");
  });
});

describe("finding a school by its name", () => {
  it("does not mind capitals, accents and marks", () => {
    expect(folded(" St. Mary’s  École ")).toBe("st marys ecole");
    expect(findSchools(SCHOOLS, "ecole", 5).map(({ id }) => id)).toEqual(["3"]);
    expect(findSchools(SCHOOLS, "st marys", 5).map(({ id }) => id)).toEqual(["1"]);
  });

  it("puts names that begin so first, then words that do", () => {
    expect(findSchools(SCHOOLS, "mary", 5).map(({ id }) => id)).toEqual(["2", "4", "1"]);
  });

  it("takes an id, and nothing for nothing", () => {
    expect(findSchools(SCHOOLS, "2", 5).map(({ id }) => id)).toEqual(["2"]);
    expect(findSchools(SCHOOLS, "  ", 5)).toEqual([]);
  });
});

describe("filters of schools", () => {
  it("let through what has one of the values of every facet", () => {
    const pass = (filters: Parameters<typeof passes>[1]): string[] =>
      SCHOOLS.filter(({ properties }) => passes(properties, filters)).map(({ id }) => id);
    expect(pass({})).toHaveLength(4);
    expect(pass({ phase: ["secondary"], gender: ["girls"] })).toEqual(["1"]);
    expect(pass({ faith: [NOT_STATED] })).toEqual(["2", "3", "4"]);
    expect(pass({ phase: ["primary", "other"] })).toEqual(["2", "3"]);
  });

  it("count a facet's values as if only the others held", () => {
    const values = facetValues(SCHOOLS, "phase", { phase: ["primary"], gender: ["mixed"] });
    expect(Object.fromEntries(values.map(({ value, count }) => [value, count]))).toEqual({ primary: 1, other: 1, secondary: 1 });
  });

  it("go on and off by one click, and leave nothing empty behind", () => {
    const on = toggled({}, "faith", "Jewish");
    expect(on).toEqual({ faith: ["Jewish"] });
    expect(toggled(on, "faith", "Jewish")).toEqual({});
  });

  it("say which of them empties the map", () => {
    expect(relief(SCHOOLS, { phase: ["primary"], gender: ["girls"] })).toEqual([
      { facet: "phase", count: 1 },
      { facet: "gender", count: 1 },
    ]);
  });
});

describe("schools on the map", () => {
  it("stand behind when they are closed or of another stage", () => {
    const { features } = schoolPoints(SCHOOLS, {}, "secondary");
    const front = new Map(features.map(({ properties }) => [properties?.["id"], properties?.["front"]]));
    expect(SCHOOLS.map(({ id }) => front.get(id))).toEqual([true, false, true, false]);
  });

  it("are drawn the largest first, so that no small one lies under it", () => {
    const pupils = schoolPoints(SCHOOLS, {}, "").features.map(({ properties }) => Number(properties?.["pupils"]));
    expect(pupils).toEqual([...pupils].sort((a, b) => b - a));
    expect(new Set(pupils).size).toBeGreaterThan(1);
  });

  it("have a shape and a colour for every phase, no two alike", () => {
    expect(new Set(PHASES.map(({ colour }) => colour)).size).toBe(PHASES.length);
    expect(new Set(PHASES.map(({ path }) => path)).size).toBe(PHASES.length);
    expect(phaseOf("kindergarten of the future").id).toBe("other");
  });

  it("are said in a line", () => {
    expect(schoolKind(SCHOOLS[0]?.properties ?? {})).toBe("Secondary · Community school · Girls · Roman Catholic");
    expect(schoolKind(SCHOOLS[3]?.properties ?? {})).toBe("Closed · Secondary · Community school");
  });
});

describe("what is drawn of an answer", () => {
  it("has rings of the reach only where the school has a place", () => {
    const reach = { median_m: 800, p90_m: 2000, areas_50: 3, areas_80: 9 };
    const areas = { school: { id: "1", name: "", lon: -0.1, lat: 51.5 }, reach } as unknown as SchoolAreas;
    expect(reachRings(areas).features.map(({ properties }) => properties?.["ring"])).toEqual(["half", "most"]);
    expect(reachRings({ ...areas, school: { ...areas.school, lon: null } })).toBe(NOTHING);
  });

  it("begins its lines at the place that was asked for, else in the middle of the area", () => {
    const square: GeoJSON.Polygon = { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] };
    expect(origin(place([]))).toEqual([-0.1, 51.5]);
    expect(origin(place([], { place: null, outline: square }))).toEqual([1, 1]);
    expect(origin(place([], { place: null }))).toBeNull();
    expect(schoolLines(place([ranked("1", 5)], { place: null }), 9)).toBe(NOTHING);
  });

  it("leaves out schools without a place, and lines past the most", () => {
    expect(schoolLines(place([ranked("1", 5, [null, null]), ranked("2", 4)]), 9).features).toHaveLength(1);
    expect(schoolLines(place([ranked("1", 5), ranked("2", 4)]), 1).features).toHaveLength(1);
  });

  it("shows the place as a point beside its outline", () => {
    expect(placeShapes(place([])).features.map(({ geometry }) => geometry.type)).toEqual(["Point"]);
    expect(drawnShape([[0, 0], [1, 0]])).toBe(NOTHING);
    expect(drawnShape([[0, 0], [1, 0], [1, 1]]).features[0]?.geometry).toEqual({
      type: "Polygon",
      coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]],
    });
  });

  it("has feeder lines where both ends have a place, a district's in the middle of its home areas", () => {
    const home = (id: string, district: string, x: number): unknown => ({
      geometry: { type: "Polygon", coordinates: [[[x, 0], [x + 2, 0], [x + 2, 2], [x, 2], [x, 0]]] },
      properties: { id, district },
    });
    const areas = { features: [home("a1", "North", 0), home("a2", "North", 4)] };
    const places = homePlaces({ school: { id: "1", name: "", lon: 9, lat: 9 }, areas } as unknown as SchoolAreas);
    expect(Object.fromEntries(places)).toEqual({ "area:a1": [1, 1], "area:a2": [5, 1], "district North": [3, 1], "school:1": [9, 9] });

    const counted = { pupils: 10, at_least: 10, at_most: 10, status: "shown" };
    const nodes = [
      { id: "a", name: "A", kind: "area", lon: 0, lat: 0 },
      { id: "b", name: "B", kind: "area" },
      { id: "s", name: "S", kind: "school", lon: 1, lat: 1 },
    ];
    const links = ["a", "b"].map((source) => ({ source, target: "s", ...counted }));
    expect(feederLines({ nodes, links, words: "", sources: [] }, new Map()).features).toHaveLength(1);
    expect(feederLines({ nodes, links, words: "", sources: [] }, new Map([["b", [3, 3]]])).features).toHaveLength(2);
  });
});

describe("a picture of flows", () => {
  const room = { width: 300, height: 200, nodeWidth: 10, gap: 8, row: 20 };
  const bands = [
    { source: "a", target: "s", size: 30, hidden: false },
    { source: "b", target: "s", size: 10, hidden: false },
    { source: "c", target: "s", size: 2.5, hidden: true },
  ];
  const layout = sankey(["a", "b", "c", "s", "alone"], bands, room);
  const node = (id: string) => layout.nodes.find((each) => each.id === id);

  it("has what flows in behind what it flows from, on one scale", () => {
    expect(layout.columns).toBe(2);
    expect(node("s")?.x).toBe(290);
    expect(node("alone")).toBeUndefined();
    const [a, b, s] = [node("a"), node("b"), node("s")];
    expect((a?.height ?? 0) / (b?.height ?? 1)).toBeCloseTo(3);
    expect(s?.size).toBe(42.5);
  });

  it("keeps every node inside, and none on another", () => {
    const stack = layout.nodes.filter(({ column }) => column === 0).sort((p, q) => p.y - q.y);
    for (const [i, { y, height }] of stack.entries()) {
      expect(y + height).toBeLessThanOrEqual(layout.height + 1e-6);
      const next = stack[i + 1];
      if (next) expect(next.y).toBeGreaterThanOrEqual(y + height);
    }
  });

  it("grows with the names that must be read", () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ source: `n${i}`, target: "s", size: 1, hidden: false }));
    expect(sankey([...many.map(({ source }) => source), "s"], many, room).height).toBe(800);
  });

  it("does not run for ever in a ring", () => {
    const ring = [
      { source: "a", target: "b", size: 1, hidden: false },
      { source: "b", target: "a", size: 1, hidden: false },
    ];
    expect(sankey(["a", "b"], ring, room).nodes).toHaveLength(2);
  });
});

describe("a card", () => {
  const measure: Measure = {
    id: "fsm",
    label: "Free school meals",
    value: 67.5,
    status: "shown",
    words: "",
    unit: "%",
    year: 2024,
    cohort: "all pupils",
    city: 28.7,
    city_schools: 494,
    similar: null,
    similar_schools: 0,
    higher_is: "neutral",
    source: "x",
  };

  it("says its numbers with their unit, and a hidden one as hidden", () => {
    expect(measureText(67.5, measure, "en-GB")).toBe("68\u00a0%");
    expect(measureText(1336, { ...measure, unit: "places" }, "en-GB")).toBe("1,336 places");
    expect(measureText(null, { ...measure, status: "hidden" }, "en-GB")).toBe("hidden");
    expect(measureText(null, { ...measure, status: "not applicable" }, "en-GB")).toBe("does not apply");
    expect(cohortText(measure)).toBe("2024-25, all pupils");
    expect(cohortText({ year: 2023, cohort: "end of key stage 4, 2023/24" })).toBe("end of key stage 4, 2023/24");
  });

  it("stands on a line from nothing to all for shares, and without the ones that are not known", () => {
    expect(stands(measure)).toEqual({ value: 0.675, city: 0.287, similar: null });
    expect(stands({ ...measure, value: null })).toBeNull();
  });

  it("spreads numbers that are all far from zero", () => {
    const at = stands({ ...measure, unit: "points", value: 885, city: 931, similar: 889 });
    expect(at?.city).toBeGreaterThan((at?.value ?? 1) + 0.1);
  });

  it("breaks the line of pupils where a year is missing", () => {
    const series = [2005, 2006, 2008, 2009].map((year) => ({ year, pupils: 100 }));
    expect(spark(series, 100, 40)?.paths).toHaveLength(2);
    expect(spark(series.slice(0, 1), 100, 40)).toBeNull();
  });

  it("leads to web pages and to nothing else", () => {
    const site = { id: "website", label: "Website", unit: "", year: null, source: "" };
    expect(factLink({ ...site, value: "www.school.example" })).toBe("https://www.school.example/");
    expect(factLink({ ...site, value: "javascript:alert(1)" })).toBeNull();
    expect(factLink({ ...site, id: "head", value: "https://x.example" })).toBeNull();
    expect(factText({ ...site, id: "pupils", value: 1607, unit: "pupils" }, "en-US")).toBe("1,607");
    expect(factText({ ...site, id: "lowest_age", value: 11 }, "en-US")).toBe("11");
  });
});
