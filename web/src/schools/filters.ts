/** Which schools are on the map: what each can be filtered by, and which are left. */

import type { Facet } from "../state/schools";
import { FACETS } from "../state/schools";
import { phaseOf } from "./symbols";
import type { SchoolFeature, SchoolProperties } from "./types";

export type Filters = Readonly<Partial<Record<Facet, readonly string[]>>>;

/** Stands for a fact that is not stated. */
export const NOT_STATED = "-";

export const FACET_NAMES: Record<Facet, string> = {
  phase: "Phase",
  kind: "Type",
  faith: "Faith",
  gender: "Girls and boys",
  admissions: "Admissions",
};

const ADMISSIONS: Readonly<Record<string, string>> = {
  selective: "By a test",
  open: "Whoever applies",
  zone: "Children of a zone",
  faith: "By faith",
  other: "In another way",
};

const GENDERS: Readonly<Record<string, string>> = { girls: "Girls", boys: "Boys", mixed: "Mixed" };

/** A value of a facet as people say it. */
export function facetWord(facet: Facet, value: string): string {
  if (value === NOT_STATED) return "Not stated";
  if (facet === "phase") return phaseOf(value).name;
  if (facet === "gender") return GENDERS[value] ?? value;
  if (facet === "admissions") return ADMISSIONS[value] ?? value;
  return value;
}

/** Whether a school passes: of every facet that filters it has one of the values. */
export function passes(school: SchoolProperties, filters: Filters): boolean {
  return FACETS.every((facet) => {
    const wanted = filters[facet];
    return !wanted || wanted.length === 0 || wanted.includes(valueOf(school, facet));
  });
}

/** The values of a facet with how many schools have each, the most first; the other filters hold. */
export function facetValues(
  schools: readonly SchoolFeature[],
  facet: Facet,
  filters: Filters,
): { value: string; count: number }[] {
  const others: Filters = { ...filters, [facet]: [] };
  const counts = new Map<string, number>((filters[facet] ?? []).map((value) => [value, 0]));
  for (const { properties } of schools) {
    if (!passes(properties, others)) continue;
    const value = valueOf(properties, facet);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => Number(a.value === NOT_STATED) - Number(b.value === NOT_STATED) || b.count - a.count);
}

/** Filters with one value more, or one less; a facet without values is left out. */
export function toggled(filters: Filters, facet: Facet, value: string): Filters {
  const before = filters[facet] ?? [];
  const after = before.includes(value) ? before.filter((each) => each !== value) : [...before, value];
  const { [facet]: _, ...others } = filters;
  return after.length > 0 ? { ...others, [facet]: after } : others;
}

/** Which filter, taken away alone, would bring schools back, and how many. */
export function relief(schools: readonly SchoolFeature[], filters: Filters): { facet: Facet; count: number }[] {
  return FACETS.filter((facet) => (filters[facet] ?? []).length > 0)
    .map((facet) => ({
      facet,
      count: schools.filter(({ properties }) => passes(properties, { ...filters, [facet]: [] })).length,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

function valueOf(school: SchoolProperties, facet: Facet): string {
  return school[facet] || NOT_STATED;
}
