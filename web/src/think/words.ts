/** What the screens of models and runs say, in plain words. */

import type {
  Coverage,
  Parameter,
  ParameterValue,
  ReplicatedModel,
  RunState,
  TableContract,
  TableCoverage,
} from "../api/thinkTypes";
import { percent, whole } from "../text/format";

/** A state of a run as a person says it. */
export const STATES: Readonly<Record<RunState, string>> = {
  accepted: "waiting to start",
  running: "running",
  successful: "done",
  failed: "failed",
  dismissed: "cancelled",
};

/** Whether nothing will happen to a run any more. */
export function isOver(state: RunState): boolean {
  return state === "successful" || state === "failed" || state === "dismissed";
}

/** How much of a model's data a city has: `Runs for London: 9 of 9 tables`. */
export function coverageSentence({ runs, tables }: Coverage, city: string): string {
  const required = tables.filter((table) => table.required);
  const there = required.filter((table) => table.covered).length;
  const share = `${there} of ${required.length} ${required.length === 1 ? "table" : "tables"}`;
  if (runs) return `Runs for ${city}: ${share}`;
  if (required.length === 1) return `${city} lacks the one table it needs`;
  return there === 0
    ? `${city} has none of the ${required.length} tables it needs`
    : `${city} has ${share}`;
}

/** Whether a model runs in a city: with what, or why not. */
export function answerSentence(coverage: Coverage, answer: ReplicatedModel, city: string): string {
  if (answer.runs && answer.files.length > 0) {
    const titles = coverage.tables.filter(({ table }) => answer.files.includes(table)).map(({ title }) => title.toLowerCase());
    return `Runs for ${city} with a file of ${listed(titles)}`;
  }
  if (coverage.runs && !answer.runs) return `${city} has every table, but no area is in all of them`;
  return coverageSentence(coverage, city);
}

/** What is said of one table of a model in a city. */
export function tableSentence(table: TableCoverage): string {
  if (table.covered) return "there";
  return table.required ? "missing" : "optional, not there";
}

/** A field of a table, held against a city's dataset. */
export function fieldWord(field: { required: boolean; there: boolean }): string {
  if (field.there) return "there";
  return field.required ? "missing" : "optional, missing";
}

/** A value of a parameter as people read it. */
export function valueWords(parameter: Parameter | undefined, value: ParameterValue | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) {
    if (parameter?.type === "areas" || typeof value[0] === "string") {
      return value.length === 0 ? "all areas" : value.join(", ");
    }
    return value.length === 0 ? "none" : value.join(" to ");
  }
  if (parameter?.type === "areas") return value === "" ? "all areas" : String(value);
  if (value === "") return "none";
  const words = parameter?.choices[String(value)] ?? String(value);
  return parameter?.unit ? `${words} ${parameter.unit}` : words;
}

/** What a parameter allows, in words: `1 to 5,000 children`. */
export function boundsWords({ type, minimum, maximum, unit }: Parameter, locale: string): string {
  if (minimum === null && maximum === null) return unit;
  // Years and ages are names, not amounts: they have no thousands.
  const isYear = type === "years" || (type === "integer" && (maximum ?? 0) > 1900 && (minimum ?? 0) > 1500);
  const say = (value: number): string => (isYear || !Number.isInteger(value) ? String(value) : whole(value, locale));
  const tail = unit === "" ? "" : ` ${unit}`;
  if (minimum === null) return `at most ${say(maximum ?? 0)}${tail}`;
  if (maximum === null) return `at least ${say(minimum)}${tail}`;
  return `${say(minimum)} to ${say(maximum)}${tail}`;
}

/** What one row of a table is: `one row for each area, sex, age and year`. */
export function rowWords({ key, fields }: TableContract): string {
  const names = key.map((name) => (fields.find((field) => field.name === name)?.title ?? name).toLowerCase());
  if (names.length === 0) return "One row for each record.";
  return `One row for each ${listed(names)}.`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

/** A change with its sign: `+1,204`, `−88`. */
export function signed(value: number, locale: string, digits = 0): string {
  return new Intl.NumberFormat(locale, {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
    signDisplay: "exceptZero",
  })
    .format(Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value)
    .replace("-", "−");
}

/** A change in percent with its sign: `+12.4 %`. */
export function signedPercent(share: number, locale: string): string {
  const text = percent(Math.abs(share), locale, 1);
  if (text === percent(0, locale, 1)) return text;
  return `${share < 0 ? "−" : "+"}${text}`;
}

/** Seconds as people say them: `8 s`, `2 min 5 s`. */
export function secondsWords(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds));
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  return rounded % 60 === 0 ? `${minutes} min` : `${minutes} min ${rounded % 60} s`;
}
