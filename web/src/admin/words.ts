/** What the pages of administration say, and by which words people are found. */

import type { Account, Purpose } from "../api/people";

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
