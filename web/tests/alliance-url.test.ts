import { describe, expect, it } from "vitest";
import { ALLIANCE_START } from "../src/state/alliance";
import { fromAddress, toAddress } from "../src/state/url";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const SCREENS: View["alliance"][] = [
  ALLIANCE_START,
  { screen: "partners", id: "", chosen: {} },
  { screen: "agreements", id: "", chosen: {} },
  { screen: "agreement", id: "3f9a0c5b-e1d2-4774-8a96-b10cc42e87d5", chosen: {} },
  { screen: "ask", id: "", chosen: { dataset: "london.food_hygiene", partner: "london" } },
];

function split(address: string): [string, string] {
  const { pathname, search } = new URL(address, "http://node");
  return [pathname, search];
}

describe("the alliance in the address bar", () => {
  it.each(SCREENS)("comes back whole: $screen", (alliance) => {
    const view: View = { ...INITIAL, page: "alliance", scope: "london", alliance };
    expect(fromAddress(...split(toAddress(view)))).toEqual(view);
  });

  it("is where residents are told to look", () => {
    expect(toAddress({ ...INITIAL, page: "alliance", alliance: ALLIANCE_START })).toBe("/sharing");
    expect(fromAddress("/alliance", "").alliance.screen).toBe("partners");
  });

  it("leaves other paths alone", () => {
    expect(fromAddress("/alliances", "")).toEqual(INITIAL);
    expect(fromAddress("/sharing/more", "").page).toBe("explore");
  });
});
