/** Numbers and facts of a card, as a line of it says them. */

import { percent } from "../../text/format";
import type { Fact, Measure, SchoolYear } from "../types";
import { schoolYear } from "../words";

/** A measure with its unit; a hidden one says so, and is never zero. */
export function measureText(value: number | null, { unit, status, words }: Measure, locale: string): string {
  if (value === null) return words || (status === "hidden" ? "hidden" : status === "not applicable" ? "does not apply" : "no data");
  if (unit === "%") return percent(value / 100, locale, Math.abs(value) < 10 ? 1 : 0);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 1 }).format(value);
  return unit === "" ? number : `${number} ${unit}`;
}

export function factText({ id, value, unit }: Fact, locale: string): string {
  if (value === null || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  // Numbers that name or count years are not parted.
  if (typeof value === "number") return `${id === "pupils" || id === "capacity" ? new Intl.NumberFormat(locale).format(value) : value}${unit === "" || unit === "pupils" ? "" : ` ${unit}`}`;
  return value.charAt(0).toUpperCase() + value.slice(1);
}

/** A fact that leads out of the atlas: only to a web page. */
export function factLink({ id, value }: Fact): string | null {
  if (id !== "website" || typeof value !== "string") return null;
  const address = /^https?:\/\//i.test(value) ? value : `https://${value}`;
  try {
    return new URL(address).href;
  } catch {
    return null;
  }
}

/** When a measure was taken, and of whom; a cohort that names its year says it alone. */
export function cohortText({ year, cohort }: Pick<Measure, "year" | "cohort">, manner?: SchoolYear): string {
  const who = cohort ?? "";
  const when = typeof year === "number" ? schoolYear(year, manner) : (year ?? "");
  return [/\d{4}/.test(who) ? "" : when, who].filter((part) => part !== "").join(", ");
}

const KINDS: Readonly<Record<string, string>> = {
  predecessor: "became this school",
  successor: "came after it",
  merged: "merged",
  receiving: "took its pupils",
};

/** What a school that came before or after has to do with this one. */
export function kindText(kind: string): string {
  return KINDS[kind] ?? kind;
}
