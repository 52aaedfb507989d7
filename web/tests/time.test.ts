import { describe, expect, it } from "vitest";
import { civil, floorTo, fromInterval, interval, momentAt, periods, position, step, unitFor } from "../src/state/time";

const CHICAGO = "America/Chicago";
const LONDON = "Europe/London";

describe("civil time", () => {
  it("is the clock on the city's wall", () => {
    expect(civil("2018-08-08T05:00:00Z", CHICAGO)).toBe("2018-08-08T00:00");
    expect(civil("2018-01-01T00:30:00Z", LONDON)).toBe("2018-01-01T00:30");
    expect(civil("2018-07-01T00:30:00Z", LONDON)).toBe("2018-07-01T01:30");
  });

  it("leaves a day without a clock alone", () => {
    expect(civil("2018-08-08", CHICAGO)).toBe("2018-08-08T00:00");
  });
});

describe("an interval for the node", () => {
  it("holds the city's own days, whole", () => {
    expect(interval({ start: "2018-01-01", end: "2018-01-31" })).toBe("2018-01-01/2018-01-31");
  });

  it("holds the last minute of a clock", () => {
    expect(interval({ start: "2018-01-01T14:30", end: "2018-01-01T15:59" })).toBe(
      "2018-01-01T14:30/2018-01-01T15:59:59.999999",
    );
  });

  it("may be open", () => {
    expect(interval({ start: "2018-01-01", end: null })).toBe("2018-01-01/..");
    expect(interval({ start: null, end: "2018-06-30" })).toBe("../2018-06-30");
  });

  it.each([
    ["2018-01-01T06:00:00Z/2018-02-01T05:59:59.999999Z", { start: "2018-01-01", end: "2018-01-31" }],
    ["2018-08-01T00:00:00-05:00/..", { start: "2018-08-01", end: null }],
    ["2018-08-01T00:00:00-05:00/2018-08-09T00:00:00-05:00", { start: "2018-08-01", end: "2018-08-08" }],
    ["2018-08-01T14:30:00-05:00/..", { start: "2018-08-01T14:30", end: null }],
    ["2018-08-01/2018-08-03", { start: "2018-08-01", end: "2018-08-03" }],
    ["../..", null],
  ])("is read back: %s", (text, time) => {
    expect(fromInterval(text, CHICAGO)).toEqual(time);
  });
});

describe("periods", () => {
  it("are about as many as fit a slider", () => {
    const day = 86_400_000;
    expect([2, 60, 220, 700, 9000].map((days) => unitFor(0, days * day))).toEqual(["hour", "day", "week", "month", "year"]);
  });

  it("begin on Monday, on the first, on New Year", () => {
    const at = position("2018-08-08");
    expect(momentAt(floorTo(at, "week"))).toBe("2018-08-06");
    expect(momentAt(floorTo(at, "month"))).toBe("2018-08-01");
    expect(momentAt(floorTo(at, "year"))).toBe("2018-01-01");
    expect(momentAt(step(position("2018-12-01"), "month", 1))).toBe("2019-01-01");
  });

  it("cover a stretch without a hole", () => {
    const starts = periods(position("2018-01-15"), position("2018-04-02"), "month").map((start) => momentAt(start));
    expect(starts).toEqual(["2018-01-01", "2018-02-01", "2018-03-01", "2018-04-01"]);
  });
});
