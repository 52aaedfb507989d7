/** The conditions that answers can be put under: what each asks for, and how it is said. */

import type { Obligation } from "../api/alliance";
import { listed } from "../think/words";

type PartKind = "fields" | "field" | "number" | "text" | "choice";

export interface ConditionPart {
  name: string;
  label: string;
  kind: PartKind;
  choices?: readonly string[];
  /** What it begins with. */
  first?: string;
  optional?: true;
}

export interface ConditionKind {
  kind: string;
  label: string;
  help: string;
  parts: readonly ConditionPart[];
  /** Its one part stands for itself, not under a name. */
  plain?: true;
}

/** What is written for a condition, part by part; lists of fields are parted by commas. */
export type Written = Readonly<Record<string, string>>;

export const CONDITIONS: readonly ConditionKind[] = [
  {
    kind: "only_aggregates",
    label: "Only counts and statistics",
    help: "No rows. Numbers can be asked for by these fields alone, and small groups are left out.",
    parts: [
      { name: "by", label: "By these fields", kind: "fields" },
      { name: "at_least", label: "Smallest group", kind: "number", first: "10" },
    ],
  },
  {
    kind: "without",
    label: "Leave fields out",
    help: "These fields are in no answer.",
    parts: [{ name: "without", label: "Fields", kind: "fields" }],
    plain: true,
  },
  {
    kind: "coarse_place",
    label: "Tell places roughly",
    help: "Each place is moved to the middle of a cell of this width.",
    parts: [{ name: "to", label: "Cells of", kind: "choice", choices: ["100 m", "200 m", "500 m", "1 km", "2 km"], first: "200 m" }],
  },
  {
    kind: "coarse_time",
    label: "Tell times roughly",
    help: "Times are told to the start of the period they lie in.",
    parts: [
      { name: "field", label: "Field", kind: "field" },
      { name: "to", label: "To the", kind: "choice", choices: ["15 minutes", "hour", "day", "month", "year"], first: "day" },
    ],
  },
  {
    kind: "only_rows",
    label: "Only some rows",
    help: "A filter in CQL2, such as status = 'Closed'. Other rows are in no answer.",
    parts: [{ name: "only_rows", label: "Rows where", kind: "text" }],
    plain: true,
  },
  {
    kind: "crowds",
    label: "Places only in a crowd",
    help: "Each place is moved to the smallest cell that holds so many rows.",
    parts: [{ name: "at_least", label: "Rows in a cell", kind: "number", first: "10" }],
  },
  {
    kind: "rounded",
    label: "Round a number",
    help: "The number is told as a multiple of this.",
    parts: [
      { name: "field", label: "Field", kind: "field" },
      { name: "to", label: "To a multiple of", kind: "number", first: "5" },
    ],
  },
  {
    kind: "capped",
    label: "Cap a number",
    help: "What lies above or below is told as the bound.",
    parts: [
      { name: "field", label: "Field", kind: "field" },
      { name: "low", label: "At least", kind: "number", optional: true },
      { name: "high", label: "At most", kind: "number", optional: true },
    ],
  },
  {
    kind: "masked",
    label: "Hide a field’s values",
    help: "The field is there, with the same value in every row.",
    parts: [
      { name: "field", label: "Field", kind: "field" },
      { name: "value", label: "Value", kind: "text", first: "hidden" },
    ],
  },
];

/** What a new condition of a kind begins with. */
export function blank({ parts }: ConditionKind): Record<string, string> {
  return Object.fromEntries(parts.map(({ name, first }) => [name, first ?? ""]));
}

/** What is wrong with what was written, in a sentence; empty when nothing is. */
export function faultOfCondition({ label, parts }: ConditionKind, written: Written): string {
  for (const part of parts) {
    const value = (written[part.name] ?? "").trim();
    if (value === "" && !part.optional) return `${label}: “${part.label}” is empty.`;
    if (value !== "" && part.kind === "number" && !Number.isFinite(Number(value))) {
      return `${label}: “${part.label}” must be a number.`;
    }
    if (part.name === "at_least" && Number(value) < 2) return `${label}: “${part.label}” must be 2 or more; one row hides nobody.`;
  }
  if (parts.every(({ optional, name }) => name === "field" || optional) && parts.some(({ optional }) => optional)) {
    if (parts.every(({ optional, name }) => !optional || !written[name])) return `${label}: give a bound.`;
  }
  return "";
}

/** A condition as policies write it. */
export function obligationOf({ kind, parts, plain }: ConditionKind, written: Written): Obligation {
  const entries = parts
    .filter(({ name, optional }) => !optional || (written[name] ?? "").trim() !== "")
    .map(({ name, kind: of }): [string, unknown] => {
      const text = (written[name] ?? "").trim();
      if (of === "fields") return [name, fieldNames(text)];
      return [name, of === "number" ? Number(text) : text];
    });
  return { [kind]: plain ? entries[0]?.[1] : Object.fromEntries(entries) };
}

export function fieldNames(text: string): string[] {
  return [...new Set(text.split(/[,\s]+/).filter((name) => name !== ""))];
}

/** A condition in a sentence, as the node says it of a policy. */
export function conditionWords(obligation: Obligation): string {
  const [kind = "", value] = Object.entries(obligation)[0] ?? [];
  const inside = (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {}) as Record<string, unknown>;
  const said = (name: string): string => String(inside[name] ?? "");
  const names = (list: unknown): string => listed((Array.isArray(list) ? list : [list]).map(String));
  switch (kind) {
    case "only_aggregates":
      return `Only counts, sums and averages by ${names(inside["by"])}, of groups of at least ${said("at_least")}.`;
    case "without":
      return `Left out: ${names(value)}.`;
    case "coarse_place":
      return inside["area"] ? `Places are told to the area of ${said("area")}.` : `Places are told to cells of about ${said("to")}.`;
    case "coarse_time":
      return `${said("field")} is told to ${/^\d/.test(said("to")) ? said("to") : `the ${said("to")}`}.`;
    case "only_rows":
      return `Only rows where ${String(value)}.`;
    case "crowds":
      return `Places are told to cells with at least ${said("at_least")} rows.`;
    case "rounded":
      return `${said("field")} is rounded to ${said("to")}.`;
    case "capped": {
      const bounds = [inside["low"] === undefined ? "" : `below ${said("low")}`, inside["high"] === undefined ? "" : `above ${said("high")}`];
      return `${said("field")} ${bounds.filter((bound) => bound !== "").join(" or ")} is told as that.`;
    }
    case "masked":
      return `${said("field")} is the same in every row: ${said("value") || "blank"}.`;
    default:
      return JSON.stringify(obligation);
  }
}
