/** Counts made comparable: for an area or for people, and in a comparison of cities for a year. */

import { covered, yearsWithin } from "../state/extent";
import type { Shown } from "../state/subjects";
import type { Time } from "../state/view";
import type { Units } from "../text/format";
import { density, densityUnit, whole } from "../text/format";

/** Rates for people are counted for so many of them. */
const PEOPLE = 1000;

/** Years of data behind each dataset's counts, when there are several to compare; else `null`. */
export type Years = Readonly<Record<string, number>> | null;

/**
 * Years that each dataset covers within the chosen time.
 *
 * `null` when only one dataset is shown, or when one of them has no time: then counts stay counts.
 */
export function yearsOf(shown: readonly Shown[], time: Time | null, zoneOf: (city: string) => string): Years {
  if (shown.length < 2) return null;
  const years = shown.map(({ dataset }) => {
    const stretch = covered(dataset, zoneOf(dataset.city));
    return [dataset.id, stretch ? yearsWithin(stretch, time) : 0] as const;
  });
  return years.every(([, value]) => value > 0) ? Object.fromEntries(years) : null;
}

export class Rates {
  readonly years: Years;
  readonly units: Units;

  constructor(years: Years, units: Units) {
    this.years = years;
    this.units = units;
  }

  /** Rows for each square kilometre or mile (a year). */
  perArea(dataset: string, count: number, km2: number): number {
    return km2 > 0 ? density(this.#yearly(dataset, count) / km2, this.units) : 0;
  }

  /** Rows for each thousand people (a year). */
  perPeople(dataset: string, count: number, people: number): number {
    return people > 0 ? (PEOPLE * this.#yearly(dataset, count)) / people : 0;
  }

  get areaUnit(): string {
    return densityUnit(this.units) + this.#tail;
  }

  peopleUnit(locale: string): string {
    return `per ${whole(PEOPLE, locale)} people${this.#tail}`;
  }

  get #tail(): string {
    return this.years ? " a year" : "";
  }

  #yearly(dataset: string, count: number): number {
    return count / (this.years?.[dataset] ?? 1);
  }
}
