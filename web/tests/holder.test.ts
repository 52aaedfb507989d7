import { describe, expect, it } from "vitest";
import type { Dataset, HoldingNode } from "../src/api/types";
import { heldSentence, silentSince } from "../src/panel/holder";
import { layersOf, subjectsOf } from "../src/state/subjects";
import type { View } from "../src/state/view";
import { INITIAL } from "../src/state/view";

const CLOCK = { zone: "Europe/London", locale: "en-GB" };
const NOW = new Date("2026-11-23T15:00:00Z");
const NODE: HoldingNode = { id: "london", title: "London Datastore", answers: true, seen_at: "2026-11-23T12:04:00Z" };

describe("a dataset that a partner holds", () => {
  it("says who holds it, and whether its numbers can be had", () => {
    expect(heldSentence(NODE, CLOCK, NOW)).toBe("Held by London Datastore; it answers now.");
    expect(heldSentence({ ...NODE, answers: false }, CLOCK, NOW)).toBe(
      "Held by London Datastore, which has not answered since 12:04: what is told here may be old, and counts are not available.",
    );
    expect(silentSince({ ...NODE, seen_at: null }, CLOCK, NOW)).toBe("has not answered yet");
    expect(silentSince({ ...NODE, seen_at: "2026-11-20T12:04:00Z" }, CLOCK, NOW)).toBe("has not answered since 20 Nov 2026, 12:04");
  });

  it("is not asked for while the partner does not answer, and keeps its place", () => {
    const own = { id: "chicago.crimes", city: "chicago", title: "Crimes", standard: "crime@1", node: null } as Dataset;
    const theirs = { ...own, id: "london.crimes", city: "london", node: { ...NODE, answers: false } } as Dataset;
    const view: View = {
      ...INITIAL,
      scope: "both",
      layers: [own, theirs].map(({ id }) => ({ dataset: id, filters: [] })),
    };
    const [subject, ...others] = subjectsOf(view, new Map([own, theirs].map((dataset) => [dataset.id, dataset])));
    expect(others).toEqual([]);
    expect(subject?.shown.map(({ dataset }) => dataset.id)).toEqual(["chicago.crimes"]);
    expect(subject?.away.map(({ dataset }) => dataset.id)).toEqual(["london.crimes"]);
    expect(layersOf(subject!).map(({ index }) => index)).toEqual([0, 1]);
  });
});
