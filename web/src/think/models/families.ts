/** Models in the order of a list: by what they are about, and what runs here first. */

import type { Coverage, ModelSummary, ReplicatedModel } from "../../api/thinkTypes";

/** What a city has of a model's data, and for which areas it runs there. */
export interface InCity {
  coverage: Coverage;
  answer: ReplicatedModel;
}

/** A model in each city that is shown. */
export interface Candidate {
  model: ModelSummary;
  cities: readonly InCity[];
}

export interface Family {
  title: string;
  candidates: Candidate[];
}

/** By the standards that a model reads; the first that fits. */
const SUBJECTS: readonly { title: string; standard: RegExp }[] = [
  { title: "Special educational needs", standard: /^send_/ },
  { title: "Schools", standard: /^school/ },
  { title: "Households and dwellings", standard: /^(household|dwelling)/ },
  { title: "Population", standard: /^population/ },
];
const OTHER = "Other models";
/** Where nothing else decides, the study's own order. */
const ORDER = ["Population", "Households and dwellings", "Schools", "Special educational needs", OTHER];

/** What a model is about. */
function subjectOf({ cities }: Candidate): string {
  const standards = cities[0]?.coverage.tables.flatMap(({ standard }) => standard ?? []) ?? [];
  return SUBJECTS.find(({ standard }) => standards.some((each) => standard.test(each)))?.title ?? OTHER;
}

/** How many tables a model lacks in the city that has most of them; a file that a run brings is half a one. */
export function lacking({ cities }: Candidate): number {
  return Math.min(
    ...cities.map(({ coverage: { tables }, answer }) =>
      answer.runs ? answer.files.length / 2 : Math.max(1, tables.filter(({ required, covered }) => required && !covered).length),
    ),
  );
}

/** Families of models: those with one that runs first, in each what runs, then what lacks least, then the plainest. */
export function familiesOf(candidates: readonly Candidate[]): Family[] {
  const found = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const title = subjectOf(candidate);
    found.set(title, [...(found.get(title) ?? []), candidate]);
  }
  const best = (family: Family): number => Math.min(...family.candidates.map(lacking));
  return [...found]
    .map(([title, own]) => ({ title, candidates: own.toSorted((a, b) => lacking(a) - lacking(b) || a.model.title.length - b.model.title.length) }))
    .sort((a, b) => best(a) - best(b) || ORDER.indexOf(a.title) - ORDER.indexOf(b.title));
}
