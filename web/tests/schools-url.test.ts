import { describe, expect, it } from "vitest";
import type { SchoolsView } from "../src/state/schools";
import { SCHOOLS_START, schoolsIn } from "../src/state/schools";
import { fromAddress, toAddress } from "../src/state/url";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const VIEWS: [string, Partial<SchoolsView>][] = [
  ["the start", {}],
  ["a school's catchment", { subject: { kind: "school", id: "100049" }, aspect: "catchment", method: "kernel", q: 50 }],
  ["an area in a year", { subject: { kind: "area", id: "E01000001" }, stage: "secondary", flows: "london.school_flows_2016:2016" }],
  ["a point on the map", { subject: { kind: "point", lon: -0.12345, lat: 51.5 }, zones: true }],
  ["an address", { subject: { kind: "words", text: "10 Downing Street; London & beyond" } }],
  ["a drawn area", { subject: { kind: "drawn", corners: [[-0.1, 51.5], [-0.2, 51.5], [-0.15, 51.6]] } }],
  ["filters", { filters: { phase: ["primary", "all-through"], faith: ["Church of England"] } }],
  ["schools side by side", { compare: ["100049", "100050"], comparing: true, city: "london" }],
  ["a planner's screen", { tab: "whatif", chosen: { close: "609715", rule: "2018" } }],
];

function split(address: string): [string, string] {
  const { pathname, search } = new URL(address, "http://node");
  return [pathname, search];
}

describe("the schools atlas in the address bar", () => {
  it.each(VIEWS)("comes back whole: %s", (_, change) => {
    const cameras = { london: { lat: 51.5, lon: -0.1, zoom: 12.25 } };
    const view: View = { ...INITIAL, page: "schools", scope: "london", cameras, schools: { ...SCHOOLS_START, ...change } };
    expect(fromAddress(...split(toAddress(view)))).toEqual(view);
  });

  it("can be read by a person", () => {
    const schools: SchoolsView = { ...SCHOOLS_START, subject: { kind: "school", id: "100049" }, aspect: "card" };
    expect(toAddress({ ...INITIAL, page: "schools", scope: "london", schools })).toBe(
      "/schools?city=london&school=100049&show=card",
    );
    expect(toAddress({ ...INITIAL, page: "schools", schools: { ...SCHOOLS_START, tab: "places" } })).toBe("/schools/places");
  });

  it("stays at the start where an address says nothing that can be", () => {
    const { schools } = fromAddress("/schools/nonsense", "?share=400&method=magic&drawn=1,2,3&at=here&show=all&side=1");
    expect(schools).toEqual(SCHOOLS_START);
    expect(fromAddress("/schooling", "").page).toBe("explore");
  });

  it("holds no school twice, nor more than six, side by side", () => {
    const search = ["a", "b", "a", "c", "d", "e", "f", "g"].map((id) => `compare=${id}`).join("&");
    expect(fromAddress("/schools", `?${search}`).schools.compare).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  it("keeps what belongs to a city only while that city is on the screen", () => {
    const view: SchoolsView = { ...SCHOOLS_START, subject: { kind: "area", id: "E01000001" }, stage: "secondary", compare: ["1"] };
    expect(schoolsIn(view, "london", true)).toEqual({ ...view, city: "london" });
    expect(schoolsIn(view, "", false)).toEqual(SCHOOLS_START);
  });
});
