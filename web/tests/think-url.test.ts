import { describe, expect, it } from "vitest";
import { THINK_START } from "../src/state/think";
import { fromAddress, fromUrl, toAddress } from "../src/state/url";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const SCREENS: View["think"][] = [
  THINK_START,
  { screen: "model", id: "cohort_component", chosen: { "p.last_year": "2030", "in.births": "london.births" } },
  { screen: "runs", id: "", chosen: { find: "low & high", state: "failed" } },
  { screen: "run", id: "k3f9x2m1qa", chosen: { area: "E09000012", year: "2025" } },
  { screen: "shared", id: "Zk-_9", chosen: {} },
  { screen: "replicate", id: "", chosen: { model: "household_projection" } },
  { screen: "compare", id: "", chosen: { a: "k3f9x2m1qa", b: "b7d2c9w4ht" } },
];

function split(address: string): [string, string] {
  const { pathname, search } = new URL(address, "http://node");
  return [pathname, search];
}

describe("models and runs in the address bar", () => {
  it.each(SCREENS)("come back whole: $screen", (think) => {
    const view: View = { ...INITIAL, page: "think", scope: "london", think };
    expect(fromAddress(...split(toAddress(view)))).toEqual(view);
  });

  it("can be read by a person", () => {
    const think = { screen: "run", id: "k3f9x2m1qa", chosen: { year: "2025", area: "E09000012" } } as const;
    expect(toAddress({ ...INITIAL, page: "think", scope: "london", think })).toBe(
      "/think/runs/k3f9x2m1qa?city=london&area=E09000012&year=2025",
    );
  });

  it("leave out what is not chosen", () => {
    const think = { screen: "runs", id: "", chosen: { find: "", model: "cohort_component" } } as const;
    expect(toAddress({ ...INITIAL, page: "think", think })).toBe("/think/runs?model=cohort_component");
  });

  it("leave the other pages where they were", () => {
    expect(toAddress(INITIAL)).toBe("/");
    expect(toAddress({ ...INITIAL, page: "catalogue", find: "food" })).toBe("/?page=catalogue&find=food");
    expect(fromAddress("/", "?page=catalogue&find=food")).toEqual(fromUrl("?page=catalogue&find=food"));
    expect(fromAddress("/thinking", "")).toEqual(INITIAL);
  });

  it("do not fall over an address that was broken on its way", () => {
    expect(fromAddress("/think/runs/%E0%A4%A", "").think.screen).toBe("run");
  });
});
