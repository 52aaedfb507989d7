import { describe, expect, it } from "vitest";
import { blank, CONDITIONS, conditionWords, faultOfCondition, obligationOf } from "../src/alliance/conditions";
import { draftOf, emptyDraft, faultsOf, fieldOf, readDraft, startOf, termsOf } from "../src/alliance/draft";
import { purposeGroups } from "../src/alliance/purposeGroups";
import { TERMS } from "./alliance-documents";

const TODAY = "2026-11-23";
const kindOf = (kind: string) => CONDITIONS.find((each) => each.kind === kind)!;

describe("terms that are written", () => {
  it("come back from the form as they were", () => {
    const { conditions: _, ...terms } = TERMS;
    const again = termsOf(draftOf(TERMS, "Europe/London"), "Europe/London");
    expect({ ...again, starts: Date.parse(again.starts), ends: Date.parse(again.ends) }).toEqual({
      ...terms,
      starts: Date.parse(terms.starts),
      ends: Date.parse(terms.ends),
    });
  });

  it("count the last day whole, on the clock of the data's city", () => {
    const terms = termsOf({ ...emptyDraft(TODAY), from: "2026-03-29", until: "2026-10-25" }, "Europe/London");
    expect(terms.starts).toBe("2026-03-29T00:00:00.000Z");
    expect(terms.ends).toBe("2026-10-26T00:00:00.000Z");
  });

  it("begin at midnight in every zone, whatever the clocks do that day", () => {
    expect(startOf("2026-07-01", "America/Chicago")).toBe("2026-07-01T05:00:00.000Z");
    expect(startOf("2026-11-01", "America/Chicago")).toBe("2026-11-01T05:00:00.000Z");
    expect(startOf("2026-11-02", "America/Chicago")).toBe("2026-11-02T06:00:00.000Z");
    expect(startOf("2026-07-01", "Asia/Kolkata")).toBe("2026-06-30T18:30:00.000Z");
  });

  it("say what is missing, field by field", () => {
    expect(Object.keys(faultsOf(emptyDraft(TODAY), TODAY))).toEqual(["title", "datasets", "purpose", "why", "legal_basis", "law"]);
    expect(faultsOf(draftOf(TERMS, "Europe/London"), TODAY)).toEqual({});
  });

  it("can't end before they begin, or before today", () => {
    const draft = draftOf(TERMS, "Europe/London");
    expect(faultsOf({ ...draft, until: "2026-10-01" }, "2026-09-01").until).toBe("The last day comes before the first.");
    expect(faultsOf({ ...draft, until: "2026-11-22" }, TODAY).until).toBe("The last day is over already.");
    expect(faultsOf({ ...draft, readers: "named", named: "everybody" }, TODAY).named).toContain("group:analysts");
  });

  it("find the field that the node names", () => {
    expect(fieldOf("terms.legal_basis")).toBe("legal_basis");
    expect(fieldOf("terms.ends")).toBe("until");
    expect(fieldOf("terms.obligations[0].without")).toBe("conditions");
    expect(fieldOf("by.office")).toBe("office");
    expect(fieldOf("peer")).toBeNull();
  });

  it("survive being kept, and anything that is no draft is left", () => {
    const draft = { ...emptyDraft(TODAY), why: "To learn" };
    expect(readDraft(JSON.stringify(draft), TODAY)).toEqual(draft);
    for (const broken of [null, "", "{", "[]", '{"title": 3}', JSON.stringify({ ...draft, datasets: "x" })]) {
      expect(readDraft(broken, TODAY)).toEqual(emptyDraft(TODAY));
    }
  });
});

describe("a condition", () => {
  it("is written as policies write it", () => {
    expect(obligationOf(kindOf("only_aggregates"), { by: "ward, year", at_least: "10" })).toEqual({ only_aggregates: { by: ["ward", "year"], at_least: 10 } });
    expect(obligationOf(kindOf("without"), { without: "name" })).toEqual({ without: ["name"] });
    expect(obligationOf(kindOf("only_rows"), { only_rows: "status = 'Closed'" })).toEqual({ only_rows: "status = 'Closed'" });
    expect(obligationOf(kindOf("capped"), { field: "age", low: "", high: "90" })).toEqual({ capped: { field: "age", high: 90 } });
    expect(obligationOf(kindOf("coarse_place"), blank(kindOf("coarse_place")))).toEqual({ coarse_place: { to: "200 m" } });
  });

  it("says what it lacks", () => {
    expect(faultOfCondition(kindOf("only_aggregates"), { by: "", at_least: "10" })).toContain("By these fields");
    expect(faultOfCondition(kindOf("only_aggregates"), { by: "ward", at_least: "1" })).toContain("2 or more");
    expect(faultOfCondition(kindOf("capped"), { field: "age", low: "", high: "" })).toContain("give a bound");
    expect(faultOfCondition(kindOf("capped"), { field: "age", low: "", high: "90" })).toBe("");
  });

  it.each(CONDITIONS)("is said in a sentence: $kind", (kind) => {
    const written = Object.fromEntries(kind.parts.map(({ name, first }) => [name, first ?? "x"]));
    expect(conditionWords(obligationOf(kind, written))).toMatch(/^\S.*\.$/);
    expect(conditionWords(obligationOf(kind, written))).not.toContain("{");
  });
});

describe("purposes to choose from", () => {
  const PURPOSES = [
    { term: "dpv:Purpose", label: "Purpose", broader: [] },
    { term: "dpv:PublicBenefit", label: "Public Benefit", broader: ["dpv:Purpose"] },
    { term: "dpv:Marketing", label: "Marketing", broader: ["dpv:Purpose"] },
    { term: "dpv:Advertising", label: "Advertising", broader: ["dpv:Marketing"] },
    { term: "dpv:RecordManagement", label: "Record Management", broader: ["dpv:Purpose"] },
  ].map((purpose) => ({ ...purpose, definition: "" }));

  it("begin with what cities ask for, and each stands once", () => {
    const groups = purposeGroups(PURPOSES);
    expect(groups.map(({ name }) => name)).toEqual(["Often between cities", "Marketing", "Other"]);
    const terms = groups.flatMap(({ choices }) => choices.map(({ term }) => term));
    expect(terms.sort()).toEqual(["dpv:Advertising", "dpv:Marketing", "dpv:PublicBenefit", "dpv:RecordManagement"]);
  });
});
