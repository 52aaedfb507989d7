import { describe, expect, it } from "vitest";
import { at, backTo } from "../src/state/people";
import { fromAddress, toAddress } from "../src/state/url";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const SCREENS: View["people"][] = [
  { screen: "sign-in", id: "", chosen: { back: "/?city=both&data=chicago.crimes&is=kind;a" } },
  at("account"),
  { screen: "people", id: "", chosen: { find: "ada & co" } },
  at("people", "ada.byron"),
  at("organisations"),
  { screen: "tokens", id: "", chosen: { of: "ada" } },
  at("policies", "chicago.crimes"),
  at("personal-data"),
  at("budgets"),
];

function split(address: string): [string, string] {
  const { pathname, search } = new URL(address, "http://node");
  return [pathname, search];
}

describe("the pages about people in the address bar", () => {
  it.each(SCREENS)("come back whole: $screen $id", (people) => {
    const view: View = { ...INITIAL, page: "people", scope: "london", people };
    expect(fromAddress(...split(toAddress(view)))).toEqual(view);
  });

  it("can be read by a person", () => {
    const view: View = { ...INITIAL, page: "people", people: at("people", "ada") };
    expect(toAddress(view)).toBe("/admin/people/ada");
    expect(toAddress({ ...view, people: at("people") })).toBe("/admin");
  });

  it("begin with the people where the path is none of them", () => {
    expect(fromAddress("/admin/nonsense/x", "").people).toEqual(at("people"));
    expect(fromAddress("/administration", "").page).toBe("explore");
  });
});

describe("where one is after signing in", () => {
  it.each(["/", "/?data=chicago.crimes#x", "/think/runs/ab12?city=london", "/admin"])("is a view of this node: %s", (path) => {
    expect(backTo(path)).toBe(path);
  });

  it.each([
    undefined,
    "",
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "/\\elsewhere.example/",
    "/\t/elsewhere.example/",
    "javascript:alert(1)",
    "/sign-in?back=/sign-in",
  ])("is never another site, nor the sign-in again: %s", (path) => {
    expect(backTo(path)).toBe("/");
  });
});
