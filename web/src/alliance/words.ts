/** What the screens of the alliance say, in plain words. */

import type { Agreement, Peer, Standing } from "../api/alliance";
import type { Clock } from "../text/format";
import { day, lately } from "../text/format";

const DAYS_A_YEAR = 365.25;

const STANDINGS: Readonly<Record<Standing, string>> = {
  asked: "asked, they have not said yes yet",
  asks: "they ask to be paired",
  paired: "paired",
  frozen: "frozen",
  removed: "removed",
};

export function standingWords(standing: Standing): string {
  return STANDINGS[standing];
}

/** Hex digits in groups of four, as they are read out by telephone. */
export function grouped(hex: string): string[] {
  return hex.replace(/[^0-9a-f]/gi, "").toLowerCase().match(/.{1,4}/g) ?? [];
}

/** Whether what a person typed or pasted is this fingerprint, however it was parted. */
export function isSame(typed: string, fingerprint: string): boolean {
  return grouped(typed).join("") === grouped(fingerprint).join("");
}

/** Whether a partner answers, or since when it has not. */
export function answersWords({ standing, answers, seen_at, failure }: Peer, clock: Clock): string {
  if (standing === "removed") return "Nothing is asked of it any more.";
  if (standing === "frozen") return "Nothing is exchanged until people have looked at it.";
  if (answers) return "Answers now.";
  const since = seen_at ? `Has not answered since ${lately(seen_at, clock)}.` : "Has not answered yet.";
  return failure ? `${since} ${sentence(failure)}` : since;
}

/** How much longer an agreement lasts, or why it does not, in a sentence. */
export function lasts(agreement: Agreement, now: Date, clock: Clock): string {
  const { state, terms, reason, changed_at } = agreement;
  const [starts, ends] = [new Date(terms.starts), new Date(terms.ends)];
  if (state === "TERMINATED") {
    return sentence(`Ended on ${day(changed_at, clock.zone, clock.locale)}${reason ? `: ${reason}` : ""}`);
  }
  if (ends <= now) return `Ran out on ${lastDay(terms.ends, clock)}.`;
  if (state !== "FINALIZED") return "Not in force yet.";
  if (now < starts) return `Begins on ${day(terms.starts, clock.zone, clock.locale)}.`;
  return `${timeLeft(ends, now)} left, until ${lastDay(terms.ends, clock)}.`;
}

function timeLeft(end: Date, now: Date): string {
  const hours = (end.getTime() - now.getTime()) / 3_600_000;
  if (hours < 1) return "Less than an hour";
  if (hours < 48) return Math.floor(hours) === 1 ? "1 hour" : `${Math.floor(hours)} hours`;
  const days = Math.floor(hours / 24);
  return days < 2 * DAYS_A_YEAR ? `${days} days` : `${Math.floor(days / DAYS_A_YEAR)} years`;
}

/** The last day of a span that ends at an instant: an end at midnight closes the day before it. */
export function lastDay(end: string, { zone, locale }: Clock): string {
  return day(new Date(Date.parse(end) - 1).toISOString(), zone, locale);
}

/** A text with the full stop it may lack. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
