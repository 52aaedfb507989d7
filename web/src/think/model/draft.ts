/** A run that is being prepared: what was chosen, as it stands in the address, and as it is sent. */

import type { Model, Parameter, ParameterValue, Run } from "../../api/thinkTypes";

export interface DraftInput {
  /** A dataset's id, or what names a checked file. */
  source: string;
  /** The name of an own file; empty for a dataset. */
  file: string;
}

export interface Draft {
  title: string;
  /** Only what is not the model's default. */
  parameters: Record<string, ParameterValue>;
  inputs: Record<string, DraftInput>;
}

/** Stands for a file of one's own that is still to come: no dataset takes its place unasked. */
export const FILE_TO_COME: DraftInput = { source: "own", file: "" };

/** Whether a file of one's own is wanted, and none has passed yet. */
export function isToCome(input: DraftInput | undefined): boolean {
  return input?.source === FILE_TO_COME.source && input.file === "";
}

const PARAMETER = "p.";
const INPUT = "in.";
const FILE = "file.";

/** What an address holds of a run of a model; values that the model does not know are left out. */
export function readDraft(model: Model, chosen: Readonly<Record<string, string>>): Draft {
  const draft: Draft = { title: chosen["title"] ?? "", parameters: {}, inputs: {} };
  for (const parameter of model.parameters) {
    const text = chosen[PARAMETER + parameter.name];
    const value = text === undefined ? undefined : readValue(parameter, text);
    if (value !== undefined) draft.parameters[parameter.name] = value;
  }
  for (const { name } of model.needs) {
    const source = chosen[INPUT + name];
    if (source) draft.inputs[name] = { source, file: chosen[FILE + name] ?? "" };
  }
  return draft;
}

/** The change of an address that sets a parameter, or takes it back to its default. */
export function withParameter(parameter: Parameter, value: ParameterValue): Record<string, string> {
  const same = JSON.stringify(value) === JSON.stringify(parameter.default);
  return { [PARAMETER + parameter.name]: same ? "" : writeValue(value) };
}

/** The change of an address that sets an input, or leaves it to the model. */
export function withInput(table: string, input: DraftInput | null): Record<string, string> {
  return { [INPUT + table]: input?.source ?? "", [FILE + table]: input?.file ?? "" };
}

/** The address of a form that is filled in as a run was; own files have to be given again. */
export function draftOf(run: Run, model: Model): Record<string, string> {
  const chosen: Record<string, string> = { title: run.title };
  for (const parameter of model.parameters) {
    const value = run.parameters[parameter.name];
    if (value !== undefined) Object.assign(chosen, withParameter(parameter, value));
  }
  for (const [table, pinned] of Object.entries(run.inputs)) {
    if (pinned.dataset) Object.assign(chosen, withInput(table, { source: pinned.dataset, file: "" }));
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ""));
}

/** Words of a value in an address: `2015-2040`, `E09000007,E09000012`. */
function writeValue(value: ParameterValue): string {
  if (!Array.isArray(value)) return String(value);
  return typeof value[0] === "number" ? value.join("-") : value.join(",");
}

function readValue(parameter: Parameter, text: string): ParameterValue | undefined {
  switch (parameter.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "integer":
    case "number": {
      const value = Number(text);
      return text !== "" && Number.isFinite(value) ? value : undefined;
    }
    case "years": {
      const years = /^(\d{4})-(\d{4})$/.exec(text);
      return years ? [Number(years[1]), Number(years[2])] : undefined;
    }
    case "areas":
      return text.split(",").filter((code) => code !== "");
    case "choice":
      return text in parameter.choices ? text : undefined;
    case "text":
      return text;
  }
}

/** What is wrong with a value, in a sentence; empty when nothing is. */
export function faultOf(parameter: Parameter, value: ParameterValue): string {
  const { type, minimum, maximum, title } = parameter;
  if (type === "integer" || type === "number" || type === "years") {
    const numbers = (Array.isArray(value) ? value : [value]).map(Number);
    if (numbers.some((each) => !Number.isFinite(each))) return `${title} must be a number.`;
    if (type !== "number" && numbers.some((each) => !Number.isInteger(each))) {
      return `${title} must be a whole number.`;
    }
    if (minimum !== null && numbers.some((each) => each < minimum)) return `${title} must be ${minimum} or more.`;
    if (maximum !== null && numbers.some((each) => each > maximum)) return `${title} must be ${maximum} or less.`;
    if (type === "years" && (numbers[0] ?? 0) > (numbers[1] ?? 0)) {
      return `${title}: the first year comes after the last.`;
    }
  }
  return "";
}

export interface Section {
  title: string;
  parameters: Parameter[];
}

/**
 * Parameters as they are laid out: what most runs choose first, then the rest in groups.
 *
 * Areas, single years and choices lead; titles such as `Arrivals: years` make a group of their own.
 */
export function sectionsOf(parameters: readonly Parameter[]): { first: Parameter[]; more: Section[] } {
  const leads = ({ type, title, name }: Parameter): boolean =>
    !title.includes(":") && (type === "areas" || type === "choice" || /^(first|last)_year$/.test(name));
  const first = parameters.filter(leads);
  const groups = new Map<string, Parameter[]>();
  for (const parameter of parameters.filter((each) => !leads(each))) {
    const group = parameter.title.includes(":") ? (parameter.title.split(":", 1)[0] ?? "") : "";
    groups.set(group, [...(groups.get(group) ?? []), parameter]);
  }
  const others = groups.get("") ?? [];
  groups.delete("");
  if (first.length === 0) return { first: others, more: named(groups) };
  return { first, more: [...named(groups), ...(others.length > 0 ? [{ title: "Other settings", parameters: others }] : [])] };
}

function named(groups: ReadonlyMap<string, Parameter[]>): Section[] {
  return [...groups].map(([title, parameters]) => ({ title, parameters }));
}
