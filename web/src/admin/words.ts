/** What the pages of administration say, and by which words people are found. */

import type { Account, Organisation, Purpose } from "../api/people";
import type { Action, Budget, PolicySummary, ScanState } from "../api/rights";
import type { Access } from "../api/types";

/** Whether every word stands somewhere in what is known of a person. */
export function matches(account: Account, words: string): boolean {
  const { id, name, e_mail, organisation, groups } = account;
  const text = [id, name, e_mail, organisation ?? "", ...groups].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** An id that a name suggests: `Ada Byron, Countess` becomes `ada.byron.countess`. */
export function suggestedId(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ".")
    .replace(/^\.+/, "")
    .slice(0, 64)
    .replace(/\.+$/, "");
}

/** Purposes that hold every word and are not taken yet, the broad ones first. */
export function offered(all: readonly Purpose[], taken: readonly string[], words: string): Purpose[] {
  const wanted = words.trim().toLowerCase().split(/\s+/);
  return all
    .filter(({ term }) => !taken.includes(term))
    .filter(({ label, term }) => wanted.every((word) => `${label} ${term}`.toLowerCase().includes(word)))
    .sort((a, b) => a.broader.length - b.broader.length || a.label.localeCompare(b.label));
}

/** What was changed between two lists, whatever their order. */
export function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

/** What a reader may have of a dataset, in two words. */
export const ACCESS: Readonly<Record<Access["kind"], string>> = {
  open: "all of it",
  part: "a part of it",
  statistics: "statistics alone",
  closed: "closed",
};

/** Who said the rules on a dataset. */
export const ORIGINS: Readonly<Record<PolicySummary["origin"], string>> = {
  set: "Set here",
  pack: "Said by the city",
  nothing: "Nothing is said",
};

/** Whether somebody has said rules on a dataset. */
export function ruled({ origin }: Pick<PolicySummary, "origin">): boolean {
  return origin !== "nothing";
}

export const ACTIONS: Readonly<Record<Action, string>> = {
  read: "Read rows and maps",
  aggregate: "Ask for counts and statistics",
  export: "Download all rows",
  derive: "Run models on it",
};

/** What a scan for personal data came to. */
export const STATES: Readonly<Record<ScanState, string>> = {
  nothing: "nothing found",
  told: "found, and open",
  blocked: "kept closed",
  "signed-off": "signed off",
  failed: "could not be looked at",
};

/** What somebody may be in a question about a decision, with its words. */
export function parties(
  people: readonly Account[],
  organisations: readonly Organisation[],
  groups: readonly Organisation[],
): { title: string; choices: { value: string; name: string }[] }[] {
  const of = (kind: string, all: readonly Organisation[]): { value: string; name: string }[] =>
    all.map(({ id, name }) => ({ value: `${kind}:${id}`, name }));
  return [
    { title: "Anyone", choices: [{ value: "anyone", name: "Whoever is not signed in" }, { value: "signed-in", name: "Whoever is signed in" }] },
    { title: "Somebody of an organisation", choices: of("organisation", organisations) },
    { title: "Somebody in a group", choices: of("group", groups) },
    { title: "A person", choices: of("account", people.filter(({ disabled_at }) => disabled_at === null)) },
  ].filter(({ choices }) => choices.length > 0);
}

/** How much of a budget is left, from 0 to 1. */
export function left({ granted, remaining }: Pick<Budget, "granted" | "remaining">): number {
  return granted > 0 ? Math.min(1, Math.max(0, remaining / granted)) : 0;
}

/** The lines of a text area that is to show all of a text, within bounds. */
export function rowsOf(text: string): number {
  return Math.min(40, Math.max(12, text.split("\n").length + 1));
}

/** The unit of a budget where every row is another person. */
export const ROW = "row";

/** Whom a budget protects. */
export function unitWords(unit: string): string {
  return unit === ROW ? "each row is another person" : `rows with the same ${unit} are one person`;
}

/** A text that begins a sentence; the names in it stay as they are written. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
