/** What is said of pupils, shares and reach, in plain words. */

import type { Units } from "../text/format";
import { percent, whole } from "../text/format";
import { phaseOf } from "./symbols";
import type { Counted, HiddenSum, SchoolProperties, SchoolYear, ZoneResult } from "./types";

const METRES_PER_MILE = 1609.344;
const METRES_PER_FOOT = 0.3048;
/** Nearer than this part of a mile people say feet. */
const NEAR_MILES = 0.1;

/** What may be said of a number that is held back: `1–4`. */
export function between({ at_least, at_most }: Pick<Counted, "at_least" | "at_most">, locale: string): string {
  if (at_least !== null && at_most !== null) {
    const [low, high] = [whole(at_least, locale), whole(at_most, locale)];
    return low === high ? low : `${low}–${high}`;
  }
  if (at_most !== null) return `up to ${whole(at_most, locale)}`;
  return at_least !== null ? `${whole(at_least, locale)} or more` : "not known";
}

/** A number of pupils as a line of a table says it. */
export function pupilsText(counted: Counted, locale: string): string {
  if (counted.pupils === null) return between(counted, locale);
  return counted.status === "modelled" ? `about ${amount(counted.pupils, locale)}` : whole(counted.pupils, locale);
}

/** A number that a model worked out: as exact as it can be meant. */
export function amount(value: number, locale: string): string {
  if (value >= 10) return whole(value, locale);
  return value < 0.1 ? `<${new Intl.NumberFormat(locale).format(0.1)}` : new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
}

/** Why a number is held back: `hidden: below 5, or would give one away`. Which of the two it is, nobody is told. */
export function hiddenMeaning(below: number, locale: string): string {
  return below > 1 ? `hidden: below ${whole(below, locale)}, or would give one away` : "hidden";
}

/** What is held back, together: `in 14 areas, 14–56 pupils`; empty when nothing is. */
export function hiddenText(hidden: HiddenSum, locale: string): string {
  const low = hidden.pupils_at_least;
  const high = hidden.pupils_at_most;
  if ((high ?? 0) <= 0) return "";
  const pupils = `${between({ at_least: low, at_most: high }, locale)} pupils`;
  const places = hidden.areas ?? hidden.schools ?? null;
  if (places === null || places === 0) return pupils;
  const noun = hidden.areas === undefined || hidden.areas === null ? "school" : "area";
  return `${pupils} in ${whole(places, locale)} ${noun}${places === 1 ? "" : "s"}`;
}

/** A share with one digit where it is small. */
export function shareText(value: number | null, locale: string): string {
  if (value === null) return "–";
  return percent(value, locale, value < 0.1 ? 1 : 0);
}

/** A distance as exact as homes are known: `130 m`, `2.2 km`, `330 feet`, `0.4 miles`. */
export function distanceText(metres: number | null, units: Units, locale: string): string {
  if (metres === null) return "–";
  if (units === "metric" && metres < 995) return `${whole(Math.round(metres / 10) * 10, locale)} m`;
  if (units === "imperial" && metres < NEAR_MILES * METRES_PER_MILE) {
    return `${whole(Math.round(metres / METRES_PER_FOOT / 10) * 10, locale)}\u00a0feet`;
  }
  const [unit, size] = units === "metric" ? (["km", 1000] as const) : (["miles", METRES_PER_MILE] as const);
  const far = metres / size;
  const digits = far < 9.95 ? 1 : 0;
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const written = number.format(far);
  return units === "imperial" && written === number.format(1) ? "1\u00a0mile" : `${written}\u00a0${unit}`;
}

/** An area of ground: `8.1 km²`, `3.1 sq mi`. */
export function groundText(km2: number | null, units: Units, locale: string): string {
  if (km2 === null) return "–";
  const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  return units === "metric" ? `${number.format(km2)} km²` : `${number.format(km2 / 2.589988)} sq mi`;
}

/** What a school is, in a line: `Secondary · Academy · Girls`. */
export function schoolKind(school: Partial<SchoolProperties>): string {
  const gender = school.gender === "girls" ? "Girls" : school.gender === "boys" ? "Boys" : "";
  const phase = school.phase && school.phase !== "other" ? phaseOf(school.phase).name : "";
  const closed = school.status === "closed" ? "Closed" : school.status === "proposed" ? "Proposed" : "";
  return [closed, phase, school.kind ?? "", gender, school.faith ?? ""].filter((word) => word !== "").join(" · ");
}

const RESULTS: Readonly<Record<ZoneResult, string>> = {
  "inside zone": "This place lies inside the official zone of a school.",
  "outside zone": "This place lies outside every official zone.",
  "no zone used": "No official zones are used here.",
  "no data": "There are no data on official zones for this place.",
  "near the edge": "This place lies near the edge of a zone: ask the school or the authority.",
};

/** What a result of the zones means; the result itself is never said in other words. */
export function resultSentence(result: ZoneResult): string {
  return RESULTS[result] ?? "";
}

/** A school year by the calendar year it begins in: `2015-16`; `2015` where it ends in it too. */
export function schoolYear(year: number, manner: SchoolYear = "across"): string {
  return manner === "calendar" ? String(year) : `${year}-${String((year + 1) % 100).padStart(2, "0")}`;
}
