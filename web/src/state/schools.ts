/**
 * Where a person is in the schools atlas, as a path under `/schools` and back.
 *
 * What is chosen on the map has names of its own here; what a planning screen keeps beside them
 * stands in `chosen`, under any other name.
 */

export type PlanningTab = "whatif" | "places" | "access" | "model" | "layers" | "validation";
export type SchoolsTab = "atlas" | PlanningTab;

/** What the panel speaks of, and the map points at. */
export type Subject =
  | { kind: "school"; id: string }
  | { kind: "area"; id: string }
  | { kind: "point"; lon: number; lat: number }
  /** An address, a postcode or the name of a place. */
  | { kind: "words"; text: string }
  /** A shape drawn on the map: its corners, not closed. */
  | { kind: "drawn"; corners: [number, number][] };

/** What is shown of a school. */
export type Aspect = "areas" | "catchment" | "feeders" | "card";
export type Method = "ranked" | "share" | "kernel" | "zone" | "last";

export const ASPECTS: readonly Aspect[] = ["areas", "catchment", "feeders", "card"];
export const METHODS: readonly Method[] = ["ranked", "share", "kernel", "zone", "last"];
export const PLANNING_TABS: readonly PlanningTab[] = ["whatif", "places", "access", "model", "layers", "validation"];

/** What schools can be filtered by. */
export const FACETS = ["phase", "kind", "faith", "gender", "admissions"] as const;
export type Facet = (typeof FACETS)[number];

/** As many schools as stand side by side. */
export const COMPARED_MOST = 6;

export interface SchoolsView {
  tab: SchoolsTab;
  /** The city that the panel speaks of, where two are shown; empty for the only one or the first. */
  city: string;
  /** A stage of that city; empty for the one of its flows. */
  stage: string;
  /** A set of flows; empty for the newest of the stage. */
  flows: string;
  subject: Subject | null;
  aspect: Aspect;
  method: Method;
  /** The share of pupils a catchment holds, in percent. */
  q: number;
  /** Whether the official zones are drawn. */
  zones: boolean;
  filters: Readonly<Partial<Record<Facet, readonly string[]>>>;
  /** Schools to stand side by side, by their ids. */
  compare: readonly string[];
  /** The schools to compare do stand side by side. */
  comparing: boolean;
  /** What is chosen on a planning screen, by short names that a person can read in the address. */
  chosen: Readonly<Record<string, string>>;
}

export const SCHOOLS_START: SchoolsView = {
  tab: "atlas",
  city: "",
  stage: "",
  flows: "",
  subject: null,
  aspect: "areas",
  method: "ranked",
  q: 80,
  zones: false,
  filters: {},
  compare: [],
  comparing: false,
  chosen: {},
};

const ROOT = "/schools";

/** `/schools`, or `/schools/whatif`. */
export function schoolsPath({ tab }: SchoolsView): string {
  return tab === "atlas" ? ROOT : `${ROOT}/${tab}`;
}

/** What is chosen, as the parameters behind the path; what is as at the start is left out. */
export function schoolsParams(view: SchoolsView): [string, string][] {
  const start = SCHOOLS_START;
  const pairs: [string, string][] = [
    ["of", view.city],
    ["stage", view.stage],
    ["flows", view.flows],
    ...subjectParams(view.subject),
    ["show", view.aspect === start.aspect ? "" : view.aspect],
    ["method", view.method === start.method ? "" : view.method],
    ["share", view.q === start.q ? "" : String(view.q)],
    ["zones", view.zones ? "1" : ""],
    ...FACETS.flatMap((facet) => (view.filters[facet] ?? []).map((value): [string, string] => [facet, value])),
    ...view.compare.map((id): [string, string] => ["compare", id]),
    ["side", view.comparing ? "1" : ""],
    ...Object.entries(view.chosen).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return pairs.filter(([, value]) => value !== "");
}

/** The view of a path and of the parameters behind it, or `null` when it is none of these. */
export function readSchools(path: string, params: Iterable<[string, string]>): SchoolsView | null {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return null;
  const first = path.slice(ROOT.length + 1).split("/")[0];
  const view = { ...SCHOOLS_START, tab: oneOf(PLANNING_TABS, first, "atlas" as SchoolsTab) };
  const filters: Partial<Record<Facet, string[]>> = {};
  const compare: string[] = [];
  const chosen: Record<string, string> = {};
  for (const [name, value] of params) {
    const facet = FACETS.find((each) => each === name);
    if (facet) filters[facet] = [...(filters[facet] ?? []), value];
    else if (name === "compare") compare.push(value);
    else if (!read(view, name, value)) chosen[name] = value;
  }
  const some = [...new Set(compare)].slice(0, COMPARED_MOST);
  return { ...view, filters, compare: some, comparing: view.comparing && some.length > 0, chosen };
}

/** Read one parameter into a view; whether it was one of the atlas. */
function read(view: SchoolsView, name: string, value: string): boolean {
  switch (name) {
    case "of":
      view.city = value;
      return true;
    case "stage":
      view.stage = value;
      return true;
    case "flows":
      view.flows = value;
      return true;
    case "show":
      view.aspect = oneOf(ASPECTS, value, view.aspect);
      return true;
    case "method":
      view.method = oneOf(METHODS, value, view.method);
      return true;
    case "share": {
      const share = Math.round(Number(value));
      if (share >= 10 && share <= 100) view.q = share;
      return true;
    }
    case "zones":
      view.zones = value === "1";
      return true;
    case "side":
      view.comparing = value === "1";
      return true;
    case "school":
    case "area":
    case "at":
    case "q":
    case "drawn":
      view.subject = readSubject(name, value) ?? view.subject;
      return true;
    default:
      return false;
  }
}

function subjectParams(subject: Subject | null): [string, string][] {
  switch (subject?.kind) {
    case "school":
      return [["school", subject.id]];
    case "area":
      return [["area", subject.id]];
    case "point":
      return [["at", `${degrees(subject.lon)},${degrees(subject.lat)}`]];
    case "words":
      return [["q", subject.text]];
    case "drawn":
      return [["drawn", subject.corners.flat().map(degrees).join(",")]];
    case undefined:
      return [];
  }
}

function readSubject(name: "school" | "area" | "at" | "q" | "drawn", value: string): Subject | null {
  if (value.trim() === "") return null;
  if (name === "school" || name === "area") return { kind: name, id: value };
  if (name === "q") return { kind: "words", text: value };
  const numbers = value.split(",").map(Number);
  if (!numbers.every(Number.isFinite)) return null;
  if (name === "at") {
    const [lon, lat] = numbers;
    return lon === undefined || lat === undefined ? null : { kind: "point", lon, lat };
  }
  if (numbers.length < 6 || numbers.length % 2 > 0) return null;
  const corners = Array.from(
    { length: numbers.length / 2 },
    (_, i): [number, number] => [numbers[2 * i] ?? 0, numbers[2 * i + 1] ?? 0],
  );
  return { kind: "drawn", corners };
}

/** What stays chosen when other cities come on the screen: nothing that belongs to a city that left. */
export function schoolsIn(view: SchoolsView, before: string, stays: boolean): SchoolsView {
  if (stays) return { ...view, city: before };
  return { ...SCHOOLS_START, tab: view.tab, aspect: view.aspect };
}

/** Five decimals: about a metre. */
function degrees(value: number): string {
  return String(Number(value.toFixed(5)));
}

function oneOf<T extends string, D extends string>(choices: readonly T[], value: string | undefined, otherwise: D): T | D {
  return choices.find((choice) => choice === value) ?? otherwise;
}
