/** Terms that are being written: as a form holds them, what is wrong with them, and as they are sent. */

import type { Action, Assessment, Duty, NewTerms, Obligation, Terms } from "../api/alliance";
import { civil, civilDay, momentAt, position } from "../state/time";

export interface TermsDraft {
  title: string;
  datasets: string[];
  actions: Action[];
  purpose: string;
  why: string;
  legal_basis: string;
  law: string;
  personal_data: boolean;
  /** One that is part of the terms already; it is written on its own. */
  assessment: Assessment | null;
  conditions: Obligation[];
  duties: Duty[];
  /** Everybody with an account; or those that are named, parted by commas. */
  readers: "signed-in" | "named";
  named: string;
  /** First and last day, both included. */
  from: string;
  until: string;
  /** How long copies may be kept: till the end, or for so many days. */
  keep: "end" | "days";
  keep_days: string;
  remind_days: number;
  owner_contact: string;
  receiver_contact: string;
}

/** What is wrong with a field, or with who acts, in a sentence. */
export type Faults = Readonly<Partial<Record<keyof TermsDraft | "name" | "office", string | undefined>>>;

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const NAMED = /^(group|organisation):[^\s:]\S*$/;

/** A request that nothing was written in yet: from today, for a year. */
export function emptyDraft(today: string): TermsDraft {
  const [year = "", ...rest] = today.split("-");
  return {
    title: "",
    datasets: [],
    actions: ["aggregate"],
    purpose: "",
    why: "",
    legal_basis: "",
    law: "",
    personal_data: false,
    assessment: null,
    conditions: [],
    duties: [],
    readers: "signed-in",
    named: "",
    from: today,
    until: dayBefore(`${Number(year) + 1}-${rest.join("-")}`),
    keep: "days",
    keep_days: "30",
    remind_days: 30,
    owner_contact: "",
    receiver_contact: "",
  };
}

/** The form of terms that are there already, to be changed. */
export function draftOf(terms: Terms, zone: string): TermsDraft {
  const everybody = terms.readers.includes("signed-in");
  return {
    title: terms.title,
    datasets: [...terms.datasets],
    actions: [...terms.actions],
    purpose: terms.purpose,
    why: terms.why,
    legal_basis: terms.legal_basis,
    law: terms.law,
    personal_data: terms.personal_data,
    assessment: terms.assessment,
    conditions: [...terms.obligations],
    duties: [...terms.duties],
    readers: everybody ? "signed-in" : "named",
    named: everybody ? "" : terms.readers.join(", "),
    from: civilDay(terms.starts, zone),
    until: civilDay(Date.parse(terms.ends) - 1, zone),
    keep: terms.keep_days === null ? "end" : "days",
    keep_days: terms.keep_days === null ? "30" : String(terms.keep_days),
    remind_days: terms.remind_days,
    owner_contact: terms.contacts[0],
    receiver_contact: terms.contacts[1],
  };
}

/** Terms as they are sent. Days begin at midnight in a zone; the last one counts whole. */
export function termsOf(draft: TermsDraft, zone: string): NewTerms {
  return {
    title: draft.title.trim(),
    datasets: draft.datasets,
    actions: draft.actions,
    purpose: draft.purpose,
    why: draft.why.trim(),
    legal_basis: draft.legal_basis,
    law: draft.law.trim(),
    personal_data: draft.personal_data,
    assessment: draft.assessment,
    obligations: draft.conditions,
    duties: draft.duties,
    readers: draft.readers === "signed-in" ? ["signed-in"] : readerNames(draft.named),
    starts: startOf(draft.from, zone),
    ends: startOf(dayAfter(draft.until), zone),
    keep_days: draft.keep === "end" ? null : Number(draft.keep_days),
    remind_days: draft.remind_days,
    contacts: [draft.owner_contact.trim(), draft.receiver_contact.trim()],
  };
}

/** What is wrong, field by field, each in a sentence. */
export function faultsOf(draft: TermsDraft, today: string): Faults {
  const faults: Partial<Record<keyof TermsDraft, string>> = {};
  const need = (name: keyof TermsDraft & keyof NewTerms, sentence: string): void => {
    if (String(draft[name]).trim() === "") faults[name] = sentence;
  };
  need("title", "Give the agreement a name, so that people can find it.");
  if (draft.datasets.length === 0) faults.datasets = "Choose at least one dataset.";
  if (draft.actions.length === 0) faults.actions = "Say what is to be done with the data.";
  need("purpose", "Choose the purpose that comes nearest.");
  need("why", "Say why, so that a resident understands it.");
  need("legal_basis", "Choose the ground in law.");
  need("law", "Name the law and its section.");
  if (!DAY.test(draft.from)) faults.from = "Give the first day.";
  if (!DAY.test(draft.until)) faults.until = "Give the last day.";
  else if (draft.until < today) faults.until = "The last day is over already.";
  else if (DAY.test(draft.from) && draft.until < draft.from) faults.until = "The last day comes before the first.";
  if (draft.keep === "days" && !/^\d{1,5}$/.test(draft.keep_days.trim())) faults.keep_days = "Give a whole number of days.";
  if (draft.readers === "named") {
    const names = readerNames(draft.named);
    if (names.length === 0) faults.named = "Name a group or an organisation.";
    else if (!names.every((name) => NAMED.test(name))) faults.named = "Write group:analysts or organisation:health, parted by commas.";
  }
  return faults;
}

/** The field of the form that a part of the terms stands in, as the node names it. */
export function fieldOf(part: string): keyof Faults | null {
  const name = part.replace(/^(terms|by)\./, "").split(/[.[]/, 1)[0] ?? "";
  const others: Record<string, keyof Faults> = {
    name: "name",
    office: "office",
    starts: "from",
    ends: "until",
    obligations: "conditions",
    with: "conditions",
    readers: "named",
    contacts: "owner_contact",
  };
  if (name in others) return others[name] ?? null;
  return name in emptyDraft("2000-01-01") ? (name as keyof TermsDraft) : null;
}

/** A draft that was kept as text; a fresh one when it can't be read. */
export function readDraft(text: string | null, today: string): TermsDraft {
  const fresh = emptyDraft(today);
  try {
    const kept = JSON.parse(text ?? "") as Record<string, unknown>;
    const same = Object.entries(fresh).every(([name, value]) => typeof kept[name] === typeof value && Array.isArray(kept[name]) === Array.isArray(value));
    return same ? (kept as unknown as TermsDraft) : fresh;
  } catch {
    return fresh;
  }
}

/** The instant at which a day begins in a zone. */
export function startOf(day: string, zone: string): string {
  let instant = position(day);
  // Twice: the first guess may lie on the other side of a change of the clock.
  for (let turn = 0; turn < 2; turn += 1) instant -= position(civil(instant, zone)) - position(day);
  return new Date(instant).toISOString();
}

function readerNames(text: string): string[] {
  return [...new Set(text.split(",").map((name) => name.trim()).filter((name) => name !== ""))];
}

function dayAfter(day: string): string {
  return momentAt(position(day) + DAY_MS);
}

function dayBefore(day: string): string {
  return momentAt(position(day) - DAY_MS);
}
