/** Measures of access to schools, and their numbers as rows. */

import type { Units } from "../../../text/format";
import { distance } from "../../../text/format";
import type { Access, AccessCheck, AccessWay } from "../api";
import type { Table } from "../table";

export const METHODS = [
  { id: "nearest", name: "distance to the nearest school", heading: "Distance to the nearest school" },
  { id: "2sfca", name: "places for each child in reach (2SFCA)", heading: "Places for each child in reach" },
  { id: "e2sfca", name: "places in reach, near ones counting more (E2SFCA)", heading: "Places for each child, near ones counting more" },
] as const;

const WAY_WORDS: Record<AccessWay, string> = { streets: "along streets", straight: "by straight lines" };

/** Ways that can be asked for, in words; none where there is nothing to choose. */
export function waysOf(access: Pick<Access, "streets" | "way"> | undefined, asked: string): { id: AccessWay | ""; name: string }[] {
  if (!access?.streets?.usable && asked === "") return [];
  const better = access && asked === "" ? `, ${WAY_WORDS[access.way]}` : "";
  return [
    { id: "", name: `the better way${better}` },
    { id: "streets", name: WAY_WORDS.streets },
    { id: "straight", name: WAY_WORDS.straight },
  ];
}

/** Checks by what they are held against, each way beside the other, the one that is taken first. */
export function checksOf(checks: readonly AccessCheck[]): { against: string; what: string; rows: number; errors: { way: string; median: number | null }[] }[] {
  const found = new Map<string, ReturnType<typeof checksOf>[number]>();
  for (const { against, what, way, median_error, rows } of checks) {
    const key = `${what} ${against}`;
    const one = found.get(key) ?? { against, what: what === "metres" ? "distances" : "minutes", rows, errors: [] };
    one.errors.push({ way: WAY_WORDS[way], median: median_error });
    found.set(key, one);
  }
  return [...found.values()];
}

const METRES_PER_MILE = 1609.344;

/** A distance among others: in hundredths of a mile, so that they can be held against each other. */
export function distanceWords(metres: number, units: Units, locale: string): string {
  if (units === "metric") return distance(metres, units, locale);
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${number.format(metres / METRES_PER_MILE)} miles`;
}

export function accessTable(values: Access["values"], unit: string, nameOf: (id: string) => string): Table {
  return {
    columns: [
      { name: "area_name", label: "Area", kind: "text" },
      { name: "area_id", label: "Code", kind: "text" },
      { name: unit === "m" ? "metres" : "value", label: unit === "m" ? "Distance" : unit, kind: unit === "m" ? "metres" : "number" },
    ],
    rows: values.map(({ id, name, value }) => [name ?? nameOf(id), id, value]),
  };
}

/** Groups by what they part children by, in the order they came. */
export function groupsOf(groups: Access["groups"]): Map<string, Access["groups"]> {
  const parted = new Map<string, Access["groups"]>();
  for (const each of groups) parted.set(each.group, [...(parted.get(each.group) ?? []), each]);
  return parted;
}

export function groupTable(groups: Access["groups"], unit: string): Table {
  return {
    columns: [
      { name: "group", label: "Group", kind: "text" },
      { name: "by", label: "By", kind: "text" },
      { name: "children", label: "Children", kind: "count" },
      { name: unit === "m" ? "mean_metres" : "mean", label: unit === "m" ? "Mean distance" : `Mean ${unit}`, kind: unit === "m" ? "metres" : "number" },
      { name: "share_beyond_walk", label: "Beyond walking", kind: "share" },
    ],
    rows: groups.map(({ group, label, children, mean, share_beyond_walk }) => [label, group, children, mean, share_beyond_walk]),
  };
}
