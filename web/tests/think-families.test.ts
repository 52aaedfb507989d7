import { describe, expect, it } from "vitest";
import type { Coverage, ReplicatedModel, TableCoverage } from "../src/api/thinkTypes";
import type { Candidate, InCity } from "../src/think/models/families";
import { familiesOf, lacking } from "../src/think/models/families";
import { answerSentence } from "../src/think/words";

const table = (standard: string | null, covered: boolean, name = standard ?? "file"): TableCoverage => ({
  table: name, title: name, standard, required: true, serving: [], described: [], fields: [], why: "", covered,
});

function inCity(city: string, tables: TableCoverage[], runs: boolean, files: string[] = []): InCity {
  const coverage: Coverage = { model: "m", city, runs: tables.every(({ covered }) => covered), percent: 0, missing: [], tables };
  const answer: ReplicatedModel = {
    model: "m", title: "M", runs, percent: 0, for: "", areas: [], inputs: {}, choices: [], files, tables: [],
  };
  return { coverage, answer };
}

function candidate(title: string, ...cities: InCity[]): Candidate {
  return { model: { id: title, version: "1", title, summary: "", source: "" }, cities };
}

describe("models in a list", () => {
  const rolls = candidate("School rolls", inCity("chicago", [table("school_roll@1", true)], true));
  const people = candidate("Population", inCity("chicago", [table("population_by_single_year@1", false), table("population_change@1", false)], false));
  const bands = candidate("Population with bands", inCity("chicago", [table("population_by_single_year@1", false), table("population_change@1", true)], false));
  const homes = candidate("Households", inCity("chicago", [table("population_by_single_year@1", false), table("household_statistic@1", false)], false));

  it("stand by what they are about, what runs here first, then what lacks least", () => {
    const families = familiesOf([people, homes, bands, rolls]);
    expect(families.map(({ title }) => title)).toEqual(["Schools", "Population", "Households and dwellings"]);
    expect(families[1]?.candidates).toEqual([bands, people]);
  });

  it("count for the best of the cities that are shown", () => {
    const [here] = rolls.cities;
    const there = inCity("london", [table("school_roll@1", false)], false);
    expect(lacking(candidate("School rolls", there, ...(here ? [here] : [])))).toBe(0);
  });

  it("say when a run has to bring a file, or when no area has it all", () => {
    const withFile = inCity("london", [table("household_statistic@1", true), table(null, false, "shares of types")], true, ["shares of types"]);
    expect(answerSentence(withFile.coverage, withFile.answer, "London")).toBe("Runs for London with a file of shares of types");
    const apart = inCity("london", [table("household_statistic@1", true)], false);
    expect(answerSentence(apart.coverage, apart.answer, "London")).toBe("London has every table, but no area is in all of them");
  });
});
