import { describe, expect, it } from "vitest";
import type { Model, Parameter, Run, TableContract } from "../src/api/thinkTypes";
import { draftOf, FILE_TO_COME, faultOf, isToCome, readDraft, sectionsOf, withInput, withParameter } from "../src/think/model/draft";
import { boundsWords, coverageSentence, rowWords, valueWords } from "../src/think/words";

function parameter(given: Partial<Parameter> & Pick<Parameter, "name" | "type" | "default">): Parameter {
  return { title: given.name, help: "", unit: "", minimum: null, maximum: null, choices: {}, ...given };
}

const AREAS = parameter({ name: "areas", type: "areas", default: [] });
const LAST = parameter({ name: "last_year", title: "Last year", type: "integer", default: 2040, minimum: 1900, maximum: 2100 });
const VARIANT = parameter({ name: "variant", type: "choice", default: "trend", choices: { trend: "Follows", fixed: "Stays" } });
const YEARS = parameter({ name: "in_years", title: "Arrivals: years", type: "years", default: [2003, 2014], minimum: 1900, maximum: 2100 });
const FACTOR = parameter({ name: "in_factor", title: "Arrivals: factor", type: "number", default: 1, minimum: 0, maximum: 10 });
const MOVE = parameter({ name: "move", type: "boolean", default: false });
const OWN = parameter({ name: "own", type: "text", default: "" });
const PARAMETERS = [AREAS, LAST, VARIANT, YEARS, FACTOR, MOVE, OWN];

const BIRTHS = { name: "births", title: "Births", key: ["area_id", "year"], fields: [{ name: "area_id", title: "Area" }, { name: "year", title: "Year" }] } as unknown as TableContract;
const MODEL: Model = {
  id: "m", version: "1.0.0", title: "M", summary: "", source: "",
  parameters: PARAMETERS, needs: [BIRTHS], gives: [],
};

describe("a run that is being prepared", () => {
  it("stands in the address and comes back", () => {
    const chosen = {
      title: "Low",
      ...withParameter(AREAS, ["E09000007", "E09000012"]),
      ...withParameter(LAST, 2030),
      ...withParameter(VARIANT, "fixed"),
      ...withParameter(YEARS, [2009, 2014]),
      ...withParameter(FACTOR, 0.5),
      ...withParameter(MOVE, true),
      ...withParameter(OWN, "2020-2029:15-24=0.9"),
      ...withInput("births", { source: "token", file: "births.csv" }),
    };
    expect(readDraft(MODEL, chosen)).toEqual({
      title: "Low",
      parameters: {
        areas: ["E09000007", "E09000012"],
        last_year: 2030,
        variant: "fixed",
        in_years: [2009, 2014],
        in_factor: 0.5,
        move: true,
        own: "2020-2029:15-24=0.9",
      },
      inputs: { births: { source: "token", file: "births.csv" } },
    });
  });

  it("says nothing of what is as usual", () => {
    expect(withParameter(LAST, 2040)).toEqual({ "p.last_year": "" });
    expect(withInput("births", null)).toEqual({ "in.births": "", "file.births": "" });
  });

  it.each([["p.last_year", "soon"], ["p.variant", "wild"], ["p.in_years", "2009"], ["p.move", "perhaps"], ["p.nobody", "1"]])(
    "leaves out what the model does not know: %s=%s",
    (name, value) => {
      expect(readDraft(MODEL, { [name]: value }).parameters).toEqual({});
    },
  );

  it("waits for a file that was refused, whatever a dataset could serve", () => {
    const { inputs } = readDraft(MODEL, withInput("births", FILE_TO_COME));
    expect(isToCome(inputs["births"])).toBe(true);
    expect(isToCome({ source: "london.births", file: "" })).toBe(false);
    expect(isToCome(undefined)).toBe(false);
  });

  it("begins from a run, but never from its files", () => {
    const run = {
      title: "Principal",
      parameters: { last_year: 2030, variant: "trend" },
      inputs: {
        births: { dataset: null, version: null, content_hash: "x", name: "births.csv" },
      },
    } as unknown as Run;
    expect(draftOf(run, MODEL)).toEqual({ title: "Principal", "p.last_year": "2030" });
  });

  it.each([
    [LAST, 1800, "Last year must be 1900 or more."],
    [LAST, 2030.5, "Last year must be a whole number."],
    [LAST, NaN, "Last year must be a number."],
    [YEARS, [2014, 2003], "Arrivals: years: the first year comes after the last."],
    [FACTOR, 11, "Arrivals: factor must be 10 or less."],
    [FACTOR, 0.25, ""],
  ] as const)("says what is wrong with a value", (of, value, fault) => {
    expect(faultOf(of, value as number | number[])).toBe(fault);
  });

  it("lays out first what most runs choose", () => {
    const { first, more } = sectionsOf(PARAMETERS);
    expect(first).toEqual([AREAS, LAST, VARIANT]);
    expect(more.map(({ title }) => title)).toEqual(["Arrivals", "Other settings"]);
  });
});

describe("the words of a model", () => {
  it("say a value as people do", () => {
    expect(valueWords(VARIANT, "fixed")).toBe("Stays");
    expect(valueWords(AREAS, [])).toBe("all areas");
    expect(valueWords(YEARS, [2003, 2014])).toBe("2003 to 2014");
    expect(valueWords(MOVE, false)).toBe("no");
    expect(valueWords(OWN, "")).toBe("none");
  });

  it("say bounds, and years without thousands", () => {
    expect(boundsWords(LAST, "en-GB")).toBe("1900 to 2100");
    expect(boundsWords(parameter({ name: "d", type: "integer", default: 1, minimum: 1, maximum: 5000, unit: "draws" }), "en-GB")).toBe("1 to 5,000 draws");
  });

  it("say what a row is", () => {
    expect(rowWords(BIRTHS)).toBe("One row for each area and year.");
  });

  it("say how much a city has", () => {
    const table = (covered: boolean, required = true) => ({ covered, required });
    const coverage = (runs: boolean, tables: object[]) => ({ runs, tables }) as never;
    expect(coverageSentence(coverage(true, [table(true), table(true), table(false, false)]), "London")).toBe("Runs for London: 2 of 2 tables");
    expect(coverageSentence(coverage(false, [table(true), table(false)]), "London")).toBe("London has 1 of 2 tables");
    expect(coverageSentence(coverage(false, [table(false), table(false)]), "Chicago")).toBe("Chicago has none of the 2 tables it needs");
    expect(coverageSentence(coverage(false, [table(false)]), "Chicago")).toBe("Chicago lacks the one table it needs");
  });
});
