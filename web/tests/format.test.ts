import { describe, expect, it } from "vitest";
import type { Dataset, Field } from "../src/api/types";
import { distance, exactMoney, instant, moment, money, share, tickStep, tickText, timeSpan, whole } from "../src/text/format";
import { valueText } from "../src/text/values";
import { calm, description, noun, unplaced } from "../src/text/words";

const US = { locale: "en-US", units: "imperial" } as const;
const UK = { locale: "en-GB", units: "metric" } as const;

const field = (type: Field["type"], unit = ""): Field => ({
  name: "x",
  type,
  title: "X",
  unit,
  description: "",
  extra: false,
  enum: [],
});

describe("dates", () => {
  it("are written as people of the city write them", () => {
    expect(moment("2026-11-23", "en-GB")).toBe("23 Nov 2026");
    expect(moment("2026-11-23", "en-US")).toBe("Nov 23, 2026");
  });

  it("name a whole month or year by its name", () => {
    expect(timeSpan({ start: "2018-02-01", end: "2018-02-28" }, "en-GB")).toBe("Feb 2018");
    expect(timeSpan({ start: "2018-01-01", end: "2018-12-31" }, "en-GB")).toBe("2018");
    expect(timeSpan({ start: "2018-02-01", end: "2018-04-30" }, "en-GB")).toBe("Feb 2018 to Apr 2018");
    expect(timeSpan({ start: "2018-08-08", end: "2018-08-08" }, "en-GB")).toBe("8 Aug 2018");
    expect(timeSpan({ start: "2018-03-01", end: null }, "en-GB")).toBe("since 1 Mar 2018");
    expect(timeSpan({ start: "2018-02-01", end: "2018-03-10" }, "en-US")).toBe("Feb 1, 2018 to Mar 10, 2018");
  });

  it("show an instant in the city's zone, midnight as the day alone", () => {
    expect(instant("2018-08-08T05:00:00Z", "America/Chicago", "en-US")).toBe("Aug 8, 2018");
    expect(instant("2018-08-08T17:30:00Z", "America/Chicago", "en-US")).toMatch(/Aug 8, 2018.*12:30/);
  });
});

describe("numbers", () => {
  it("keep every digit of a total", () => {
    expect(whole(1234567, "en-GB")).toBe("1,234,567");
  });

  it("call a small share small, not nothing", () => {
    expect(share(3, 10_000, "en-GB")).toBe("<1\u00a0%");
    expect(share(0, 10, "en-GB")).toBe("0\u00a0%");
    expect(share(1, 4, "en-GB")).toBe("25\u00a0%");
  });

  it("give distances in the chosen units", () => {
    expect(distance(400, "metric", "en-GB")).toBe("400 m");
    expect(distance(1500, "metric", "en-GB")).toBe("1.5 km");
    expect(distance(402.336, "imperial", "en-US")).toBe("1/4 mile");
    expect(distance(800, "imperial", "en-US")).toBe("1/2 mile");
    expect(distance(152.4, "imperial", "en-US")).toBe("500 ft");
    expect(distance(1609.344, "imperial", "en-US")).toBe("1 mile");
    expect(distance(4828.032, "imperial", "en-US")).toBe("3 miles");
  });
});

describe("values of a table", () => {
  it.each([
    [null, field("string"), "–"],
    [true, field("boolean"), "yes"],
    [2018, field("integer"), "2018"],
    [12345.5, field("number", "USD"), "12,345.5 USD"],
    ["2018-08-08", field("date"), "8 Aug 2018"],
    ["<b>bold</b>", field("string"), "<b>bold</b>"],
  ])("%s of %o is %s", (value, of, text) => {
    expect(valueText(value, of, "Europe/London", "en-GB")).toBe(text);
  });
});

describe("sentences", () => {
  const crimes = {
    title: "Crimes",
    city: "chicago",
    fields: [{ ...field("string"), name: "category", title: "Category" }],
    roles: { time: "occurred_at" },
  } as unknown as Dataset;

  it("say what is counted, where and when", () => {
    const words = description(
      crimes,
      [
        { kind: "text", words: "theft" },
        { kind: "values", field: "category", values: ["theft", "robbery"] },
      ],
      [{ kind: "near", city: "chicago", lon: 0, lat: 0, metres: 402.336, label: "Daley Center" }],
      { start: "2018-08-01", end: null },
      US,
    );
    expect(words).toBe(
      "crimes with “theft” where category: theft or robbery within 1/4 mile of Daley Center since Aug 1, 2018",
    );
  });

  it("leave out the places of the other city", () => {
    const place = { kind: "area", city: "london", boundary: "london.boroughs", id: "1", label: "Hackney" } as const;
    expect(description(crimes, [], [place], null, UK)).toBe("crimes");
  });

  it("do not hide what has no place", () => {
    expect(unplaced(12_345, 12_131, "en-GB")).toBe("214 without a place are in the table, not on the map.");
    expect(unplaced(5, 5, "en-GB")).toBe("");
    expect(unplaced(5, 4, "en-GB")).toBe("1 without a place is in the table, not on the map.");
  });

  it("are calm", () => {
    expect(noun("Food inspections")).toBe("food inspections");
    expect(noun("CTA stations")).toBe("CTA stations");
    expect(noun("L lines")).toBe("L lines");
    expect(calm("CRIMINAL DAMAGE")).toBe("Criminal damage");
    expect(calm("Bicycle theft")).toBe("Bicycle theft");
    expect(calm("60604")).toBe("60604");
  });
});

describe("ticks of an axis", () => {
  const labels = (low: number, high: number, count: number): string[] => {
    const step = tickStep(low, high, count);
    return Array.from({ length: count }, (_, i) => tickText(Math.ceil(low / step) * step + i * step, step, "en-GB"));
  };

  it("never read the same twice", () => {
    expect(labels(1_165_000, 1_331_000, 4)).toEqual(["1.2m", "1.25m", "1.3m", "1.35m"]);
    expect(labels(0, 2_600_000, 5)).toEqual(["0", "500k", "1m", "1.5m", "2m"]);
    expect(labels(0.1, 0.4, 3)).toEqual(["0.1", "0.2", "0.3"]);
    for (const [low, high] of [[999_100, 1_002_000], [0, 7], [412, 431], [1e9, 1.004e9]] as const) {
      expect(new Set(labels(low, high, 5)).size).toBe(5);
    }
  });

  it("carry a currency", () => {
    expect(tickText(2_500_000, 500_000, "en-GB", "GBP")).toBe("£2.5m");
  });
});

describe("money", () => {
  it("is brief in a sentence and exact in a table", () => {
    expect(money(2_527_320, "GBP", "en-GB")).toBe("£2.53 million");
    expect(exactMoney(2_527_320, "GBP", "en-GB")).toBe("£2,527,320");
  });
});
