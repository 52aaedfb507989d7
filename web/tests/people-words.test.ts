import { describe, expect, it } from "vitest";
import type { Account, Purpose } from "../src/api/people";
import { left, matches, offered, parties, sameItems, suggestedId } from "../src/admin/words";
import { endsWords, failedWords, newPassword, providerAddress, waitWords } from "../src/people/words";
import { initials } from "../src/shell/initials";

const ADA: Account = {
  id: "ada",
  name: "Ada Byron",
  e_mail: "ada@city.example",
  organisation: "chicago",
  groups: ["planners"],
  purposes: [],
  administrator: true,
  provider: null,
  has_password: true,
  created_at: "2026-11-23T10:00:00+00:00",
  disabled_at: null,
};

describe("signing in", () => {
  it("by a provider comes back to the view", () => {
    const provider = { id: "chicago", title: "City of Chicago", href: "http://node/api/sign-in/oidc/chicago" };
    expect(providerAddress(provider, "/")).toBe(provider.href);
    expect(providerAddress(provider, "/?city=both&data=x#y")).toBe(`${provider.href}?back_to=%2F%3Fcity%3Dboth%26data%3Dx%23y`);
  });

  it("says why a provider’s word was not enough, and repeats nothing that a link may say", () => {
    expect(failedWords("")).toBe("");
    expect(failedWords("refused")).toContain("no account here");
    expect(failedWords("Call 555-0100 and tell us your password")).not.toContain("555");
    expect(failedWords("constructor")).toContain("did not work");
  });

  it("says how long to wait", () => {
    expect([1, 8.2, 60, 89, 90, 900].map(waitWords)).toEqual(["1 s", "9 s", "60 s", "89 s", "2 min", "15 min"]);
  });
});

describe("tokens", () => {
  it.each([
    ["2026-11-23T09:59:00Z", "over"],
    ["2026-11-23T20:00:00Z", "in less than a day"],
    ["2026-11-24T12:00:00Z", "in a day"],
    ["2027-02-21T09:59:50Z", "in 90 days"],
  ])("that end at %s end %s", (expires_at, words) => {
    expect(endsWords({ expires_at }, Date.parse("2026-11-23T10:00:00Z"))).toBe(words);
  });
});

describe("passwords to begin with", () => {
  it("are long, differ, and have no letters that are mistaken for others", () => {
    const made = Array.from({ length: 200 }, newPassword);
    expect(new Set(made).size).toBe(200);
    for (const each of made) expect(each).toMatch(/^([a-hjkmnp-z2-9]{4}-){4}[a-hjkmnp-z2-9]{4}$/);
  });
});

describe("people", () => {
  it("have initials, however they are called", () => {
    expect(["Ada Byron", "ada", "Ángel  María de la Cruz", "李 明", "  "].map(initials)).toEqual(["AB", "A", "ÁC", "李明", "?"]);
  });

  it("are found by every word of what is known of them", () => {
    expect(["", "byron CHICAGO", "planners ada@"].every((words) => matches(ADA, words))).toBe(true);
    expect(matches(ADA, "ada london")).toBe(false);
  });

  it("get an id from their name that the node takes", () => {
    expect(suggestedId("Ada Byron, Countess of Lovelace")).toBe("ada.byron.countess.of.lovelace");
    expect(suggestedId(" Zoë O’Brien! ")).toBe("zoe.o.brien");
    expect(suggestedId("李 明")).toBe("");
    expect(suggestedId("x".repeat(63) + " y")).toMatch(/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/);
  });
});

describe("purposes", () => {
  const all: Purpose[] = [
    { term: "dpv:Sub", label: "Benefit Research", definition: "", broader: ["dpv:PublicBenefit", "dpv:Purpose"] },
    { term: "dpv:PublicBenefit", label: "Public Benefit", definition: "", broader: ["dpv:Purpose"] },
    { term: "dpv:Marketing", label: "Marketing", definition: "", broader: [] },
  ];

  it("are offered by their words, the broad ones first, and never twice", () => {
    expect(offered(all, [], "benefit").map(({ term }) => term)).toEqual(["dpv:PublicBenefit", "dpv:Sub"]);
    expect(offered(all, ["dpv:PublicBenefit"], "benefit public").map(({ term }) => term)).toEqual([]);
  });

  it("are the same in any order", () => {
    expect(sameItems(["a", "b"], ["b", "a"])).toBe(true);
    expect(sameItems(["a"], ["a", "b"])).toBe(false);
  });
});

describe("decisions", () => {
  it("are asked about whoever can be somebody here", () => {
    const asked = parties([ADA, { ...ADA, id: "alan", disabled_at: "2026-01-01T00:00:00Z" }], [{ id: "chicago", name: "City" }], []);
    expect(asked.map(({ title }) => title)).toEqual(["Anyone", "Somebody of an organisation", "A person"]);
    expect(asked.flatMap(({ choices }) => choices.map(({ value }) => value))).toEqual(["anyone", "signed-in", "organisation:chicago", "account:ada"]);
  });
});

describe("privacy budgets", () => {
  it.each([
    [1, 0.25, 0.25],
    [1, 0, 0],
    [0, 0, 0],
    [0.5, 0.7, 1],
  ])("of %d with %d remaining have %d left", (granted, remaining, share) => {
    expect(left({ granted, remaining })).toBe(share);
  });
});
