import { describe, expect, it } from "vitest";
import { beside, bestSets } from "../src/amount/boundaries";
import { kindOfUnit } from "../src/amount/kinds";
import { inBuckets, periodName, periodsName, unitOfPeriods } from "../src/amount/periods";
import type { Combination } from "../src/amount/plan";
import { preferred, withConditions, wordsOf } from "../src/amount/plan";
import type { Amount, Dataset } from "../src/api/types";
import { covered, grainOf } from "../src/state/extent";
import { queryOf } from "../src/state/query";
import { INITIAL } from "../src/state/view";

const statistic: Amount = {
  kind: "",
  period: "time_period",
  area: "area_id",
  parent: "",
  apart: ["measure", "unit"],
  unit: "unit",
  words: "",
};
const combination = (measure: string, unit: string): Combination => ({
  values: [measure, unit],
  unit,
  kind: kindOfUnit(unit),
});

describe("how numbers add up", () => {
  it.each(["%", "GBP", "GBP a year", "kWh a meter", "ug/m3", "kWh/m2", "points", "per 1000 people", "share"])(
    "never: %s",
    (unit) => expect(kindOfUnit(unit)).toBe("rate"),
  );
  it.each(["people", "meters", "dwellings or households", "household_population"])("within one period: %s", (unit) =>
    expect(kindOfUnit(unit)).toBe("stock"),
  );
  it.each(["kWh", "crimes", "riders", "requests", ""])("always: %s", (unit) => expect(kindOfUnit(unit)).toBe("flow"));
});

describe("one of several measures", () => {
  const found = [
    combination("Electricity meters", "meters"),
    combination("Electricity, mean a meter", "kWh a meter"),
    combination("Electricity, total", "kWh"),
  ];

  it("is the one that adds up, until another is chosen", () => {
    expect(preferred(found, statistic).values[0]).toBe("Electricity, total");
    expect(preferred(found.slice(0, 2), statistic).values[0]).toBe("Electricity meters");
  });

  it("is named with its unit, once", () => {
    expect(wordsOf(statistic, combination("Electricity, total", "kWh"), "sum")).toBe("kWh (electricity, total)");
    expect(wordsOf(statistic, combination("crimes", "crimes"), "sum")).toBe("crimes");
    expect(wordsOf(statistic, combination("Average price", "GBP"), "avg")).toBe("GBP (average price), on average");
    const crimes = { ...statistic, words: "recorded crimes", apart: [] };
    expect(wordsOf(crimes, { values: [], unit: "crimes", kind: "flow" }, "sum")).toBe("recorded crimes");
  });

  it("goes beside the filters that there are, in one parameter", () => {
    expect(withConditions([["filter", "n > 2"], ["q", "x"]], ["year = 2014"])).toEqual([
      ["q", "x"],
      ["filter", "n > 2 AND year = 2014"],
    ]);
    expect(withConditions([["q", "x"]], [])).toEqual([["q", "x"]]);
  });
});

describe("areas", () => {
  const area = (id: string, name = id, parent: string | null = null) => ({ id, name, parent });
  const boroughs = { dataset: "x.boroughs", codes: new Set(["E1", "E2", "E3"]) };
  const wards = { dataset: "x.wards", codes: new Set(["E1", "E2", "E3", "E4", "E5"]) };

  it("are those of the boundary set with their codes, most of them first, then the best covered", () => {
    const table = ["E1", "E2", "E3", "Unknown"].map((id) => area(id));
    expect(bestSets(table, [wards, boroughs]).sets).toEqual(["x.boroughs"]);
    expect(bestSets(table, [boroughs, { ...boroughs, dataset: "x.old" }]).sets).toEqual(["x.boroughs", "x.old"]);
    expect(bestSets([area("Q1"), area("Q2")], [boroughs]).sets).toEqual([]);
  });

  it("that are wholes of others, or lie elsewhere, are not added up with them", () => {
    const table = [
      area("E1", "Camden", "Inner"),
      area("I", "Inner"),
      area("Inner", "Inner"),
      area("K", "United Kingdom"),
    ];
    expect(beside(table, boroughs.codes).map(({ id }) => id)).toEqual(["I", "Inner", "K"]);
  });

  it("without a code count: nobody knows where, but they are a part", () => {
    expect(beside([area("E1", "Camden"), area("Unknown")], boroughs.codes)).toEqual([]);
  });
});

describe("periods", () => {
  it("are as long as the least step between them", () => {
    expect(unitOfPeriods(["2010-01-01", "2011-01-01", "2012-01-01"])).toBe("year");
    expect(unitOfPeriods(["2010-04-01", "2010-05-01"])).toBe("month");
    expect(unitOfPeriods([2011, 2015])).toBe("year");
  });

  it("are called as people call them", () => {
    const years = ["2010-01-01", "2020-01-01"];
    expect(periodName("2020-01-01", years, "en-GB")).toBe("2020");
    expect(periodsName(years, "en-GB")).toBe("2010 to 2020");
    expect(periodsName(["2010-04-01", "2010-05-01", "2024-02-01"], "en-GB")).toBe("Apr 2010 to Feb 2024");
    expect(periodName("2020-06-30", ["2020-06-30"], "en-GB")).toBe("30 Jun 2020");
    expect(periodName(2014, [2011, 2014], "en-GB")).toBe("2014");
  });

  it("add up in a bucket when they are flows; of stocks the last stands for it", () => {
    const months = [0, 1, 2].map((month) => ({ start: Date.UTC(2020, month, 1), value: 10 + month }));
    expect([...inBuckets(months, "year", true)]).toEqual([[Date.UTC(2020, 0, 1), 33]]);
    expect([...inBuckets(months, "year", false)]).toEqual([[Date.UTC(2020, 0, 1), 12]]);
  });
});

describe("a table of areas", () => {
  const table = {
    id: "x.income",
    city: "x",
    geometry: "none",
    amount: statistic,
    time_extent: ["2001-04-01T00:00:00Z", "2012-04-01T00:00:00Z"],
    roles: { time: "time_period" },
    fields: ["area_id", "parent_id", "time_period"].map((name) => ({ name, type: name === "time_period" ? "date" : "string" })),
  } as unknown as Dataset;

  it("covers the whole of its last year", () => {
    expect(grainOf(table)).toBe("year");
    expect(covered(table, "UTC")?.to).toBe(Date.UTC(2013, 3, 1));
  });

  it("that is published monthly has months, though it begins and ends in a January", () => {
    const prices = { ...table, frequency: "monthly", time_extent: ["1995-01-01T00:00:00Z", "2020-01-01T00:00:00Z"] };
    expect(grainOf(prices as Dataset)).toBe("month");
    expect(covered(prices as Dataset, "UTC")?.to).toBe(Date.UTC(2020, 1, 1));
  });

  it("is asked for an area by its code, since it has no places", () => {
    const places = [{ kind: "area", city: "x", boundary: "x.boroughs", id: "E1", label: "Camden" }] as const;
    expect(queryOf({ ...INITIAL, places: [...places] }, { dataset: table.id, filters: [] }, table)).toEqual([
      ["filter", "(area_id = 'E1' OR parent_id = 'E1')"],
    ]);
  });
});
