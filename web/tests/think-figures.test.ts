import { describe, expect, it } from "vitest";
import type { Row } from "../src/think/figures/columns";
import { agesByYear, ageShares, between, medianAge, rowsOf, seriesBy, totalBy } from "../src/think/figures/columns";
import { bandsOf, endOf, partOf, readBands } from "../src/think/figures/bands";
import { waterfall } from "../src/think/figures/components";
import { divergingColour, divergingLimits, RDBU } from "../src/think/figures/diverging";
import { bySchoolYear, hiddenCell, isEmpty, seriesOfParts } from "../src/think/run/send";
import { BESIDE_SMALL, SMALL } from "../src/think/figures/cells";
import { cellWords, partWords } from "../src/think/values";
import { signed, signedPercent } from "../src/think/words";

describe("tables by columns", () => {
  const rows = rowsOf({ columns: { area: ["a", "a", "b"], year: [2016, 2015, 2015], people: [3, 2, null] }, rows: 3, of: 3, units: {} });

  it("become series in the order of years, without what is hidden", () => {
    expect(seriesBy(rows, "area", "year", "people")).toEqual(new Map([["a", [{ year: 2015, value: 2 }, { year: 2016, value: 3 }]]]));
  });

  it("become totals", () => {
    expect(totalBy(rows, "year", "people")).toEqual([{ year: 2015, value: 2 }, { year: 2016, value: 3 }]);
  });
});

describe("ages", () => {
  const rows: Row[] = [
    { sex: "F", age: 0, year: 2015, population: 10 },
    { sex: "M", age: 0, year: 2015, population: 12 },
    { sex: "F", age: 70, year: 2015, population: 30 },
    { sex: "F", age: 0, year: 2016, population: 20 },
  ];
  const ages = agesByYear(rows, "population");
  const start = ages.get(2015);
  const end = ages.get(2016);

  it("stand at their age and sex", () => {
    expect(start?.F[70]).toBe(30);
    expect(start?.M[0]).toBe(12);
    expect(start?.M[70]).toBe(0);
  });

  it("move from year to year", () => {
    expect(start && end && between(start, end, 0.5).F[0]).toBe(15);
  });

  it("have a median and shares", () => {
    expect(start && medianAge(start)).toBe(70);
    expect(start && ageShares(start).old).toBeCloseTo(30 / 52);
  });
});

describe("components of change", () => {
  const row = (component: string, year: number, people: number): Row => ({ component, year, people });
  const components = [
    row("births", 2015, 60), row("deaths", 2015, 40),
    row("domestic_in", 2015, 30), row("domestic_out", 2015, 35), row("net_migration", 2015, -5),
    row("births", 2016, 62), row("deaths", 2016, 41),
    row("domestic_in", 2016, 30), row("domestic_out", 2016, 35), row("net_migration", 2016, -2),
  ];
  const people = [{ year: 2014, value: 1000 }, { year: 2015, value: 1015 }, { year: 2016, value: 1034 }];

  it("lead from the first year to the last", () => {
    const found = waterfall(components, people, 2014, 2016);
    expect(found?.start).toBe(1000);
    expect(found?.end).toBe(1034);
    expect(found?.steps.map(({ name, people: moved }) => [name, moved])).toEqual([
      ["births", 122], ["deaths", -81], ["domestic_in", 60], ["domestic_out", -70], ["other", 3],
    ]);
    expect(found?.steps.reduce((sum, step) => sum + step.people, 0)).toBe(34);
  });

  it("always add up: who was kept from falling below 0 is a step", () => {
    const clipped = waterfall(components, people.with(2, { year: 2016, value: 1040 }), 2014, 2016);
    expect(clipped?.steps.at(-1)).toEqual({ name: "clipped", label: "Kept from falling below 0", people: 6 });
  });

  it("begin where the sum leads back to, when the year before is not known", () => {
    expect(waterfall(components, people.slice(1), 2014, 2015)?.start).toBe(1000);
  });

  it("are nothing for a year that was not projected", () => {
    expect(waterfall(components, people, 2014, 2050)).toBeNull();
  });
});

describe("bands", () => {
  const row = (breakdown: string, value: number): Row => ({ breakdown, value, time_period: "2026-09-01" });
  const rows = [
    row("Median", 5), row("Lower end of the 95 % band", 1), row("Lower end of the 80 % band", 2),
    row("Upper end of the 80 % band", 8), row("Upper end of the 95 % band", 9), row("Comparisons", 55),
  ];

  it("are read from the words of the parts", () => {
    expect(readBands(rows, () => "x").get("x")).toEqual([{ year: 2026, median: 5, low95: 1, low80: 2, high80: 8, high95: 9 }]);
    expect(endOf("Comparisons")).toBeNull();
    expect(partOf("Year group 3, median")).toBe("Year group 3");
    expect(partOf("Median")).toBe("");
  });

  it("are drawn with the wider one below", () => {
    expect(bandsOf([{ year: 2026, median: 5, low95: 1, low80: 2, high80: 8, high95: 9 }]).map(({ level }) => level)).toEqual([95, 80]);
    expect(bandsOf([])).toEqual([]);
  });
});

describe("small numbers", () => {
  const rows: Row[] = [
    { group: "T", calendar_year: 2017, mean: 40, p2_5: 30, p10: 35, median: 40, p90: 45, p97_5: 50, hidden: "" },
    { group: "T", calendar_year: 2018, mean: null, hidden: "beside a small one" },
    { group: "W", calendar_year: 2017, mean: null, hidden: "small" },
  ];

  it("are hidden, and never zero", () => {
    const [t, w] = seriesOfParts(rows);
    expect(t?.means).toEqual([{ year: 2017, value: 40 }]);
    expect(t?.hidden).toEqual([{ year: 2018, small: false }]);
    expect(w?.means).toEqual([]);
    expect(w?.hidden).toEqual([{ year: 2017, small: true }]);
  });

  it("are told as hidden", () => {
    expect(rows.slice(1).map(hiddenCell)).toEqual([BESIDE_SMALL, SMALL]);
    expect(SMALL.hidden).toBe("1–4");
  });

  it("leave out only parts that have nobody and hide nothing", () => {
    const empty = seriesOfParts([{ group: "O", calendar_year: 2017, mean: 0, p2_5: 0, p10: 0, median: 0, p90: 0, p97_5: 0, hidden: "" }]);
    expect([...empty, ...seriesOfParts(rows)].map(isEmpty)).toEqual([true, false, false]);
  });

  it("stand in the order of school years", () => {
    const order = (parts: string[]) => parts.map((part) => ({ part, means: [], bands: [], hidden: [] })).sort(bySchoolYear).map(({ part }) => part);
    expect(order(["10", "2", "0", "-1", "-5"])).toEqual(["-5", "-1", "0", "2", "10"]);
    expect(order(["NCY 14+", "NCY 1-6", "NCY < 1", "NCY 12-13"])).toEqual(["NCY < 1", "NCY 1-6", "NCY 12-13", "NCY 14+"]);
  });
});

describe("codes", () => {
  it("are said as a resident says them", () => {
    expect(["0", "3", "-1", "-4"].map((year) => partWords("academic_year", year))).toEqual([
      "Reception", "Year 3", "1 year before Reception", "4 years before Reception",
    ]);
    expect(partWords("need", "semh")).toBe("Social, emotional and mental health");
    expect(partWords("need", "T")).toBe("Need T");
    expect(partWords("academic_year_group", "NCY 12-13")).toBe("Years 12 and 13");
    expect(partWords("state", "-1 T A")).toBe("1 year before Reception, need T, setting A");
    expect(cellWords("component", "domestic_in", {})).toBe("Arrivals from the country");
    expect(cellWords("group", "total", { breakdown: "total" })).toBe("All");
    expect(cellWords("school_name", "Lane Tech", {})).toBe("Lane Tech");
  });
});

describe("changes in colour", () => {
  it("have the same limits up and down", () => {
    expect(divergingLimits([-0.1, 0.4])).toEqual([-0.27, -0.13, -0.02, 0.02, 0.13, 0.27]);
    expect(divergingLimits([0, 0])).toEqual([]);
  });

  it("keep the middle for about no change", () => {
    const limits = divergingLimits([-0.4, 0.4]);
    expect([-0.4, -0.02, 0, 0.02, 0.4].map((value) => RDBU.indexOf(divergingColour(value, limits)))).toEqual([0, 3, 3, 3, 6]);
    expect(divergingColour(0, [])).toBe(RDBU[3]);
  });

  it("carry their sign in words", () => {
    expect(signed(1204.4, "en-GB")).toBe("+1,204");
    expect(signed(-88, "en-GB")).toBe("−88");
    expect(signed(-0.2, "en-GB")).toBe("0");
    expect(signedPercent(-0.031, "en-GB")).toBe("−3.1\u00a0%");
    expect(signedPercent(0.09, "en-GB")).toBe("+9.0\u00a0%");
    expect(signedPercent(-0.0001, "en-GB")).toBe("0.0\u00a0%");
  });
});
