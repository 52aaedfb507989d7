/** The changes of a what-if: as a line of the address, as chips, and as what is still missing of one. */

import type { Change, LonLat, Ring } from "../api";
import { whole } from "../../../text/format";
import { listed } from "../../../think/words";

export type Verb = Change["do"];

/** Each change in the words of a planner, in the order they are offered. */
export const VERBS: readonly { verb: Verb; name: string; help: string }[] = [
  { verb: "close", name: "Close", help: "Its pupils look for places elsewhere." },
  { verb: "open", name: "Open", help: "A new school at a point: click the map, or write where it stands." },
  { verb: "merge", name: "Merge", help: "Several schools become one, on the site of one of them." },
  { verb: "resize", name: "Resize", help: "A school gets more places, or fewer." },
  { verb: "zone", name: "Move a boundary", help: "Draw the zone that a school serves from now on." },
  { verb: "homes", name: "Add homes", help: "New homes at a point, with children of this stage." },
];

export interface NewPoint {
  kind: "open" | "homes";
  at: LonLat;
  label: string;
}

/** More changes at once would be a reorganisation, not a question. */
export const MOST_CHANGES = 20;

/** Changes as one value of the address: each ends with `;`, its parts with `,`. */
export function writeChanges(changes: readonly Change[]): string {
  return changes.map((change) => partsOf(change).map(escapePart).join(",")).join(";");
}

function partsOf(change: Change): string[] {
  switch (change.do) {
    case "close":
      return ["close", change.school];
    case "open":
      return ["open", degrees(change.lon), degrees(change.lat), String(change.places), change.name, change.like ?? ""];
    case "merge":
      return ["merge", change.into, ...change.schools.filter((school) => school !== change.into)];
    case "resize":
      return ["resize", change.school, String(change.places)];
    case "zone":
      return ["zone", change.school, ...cornersOf(change.zone).flat().map(degrees)];
    case "homes":
      return ["homes", degrees(change.lon), degrees(change.lat), String(change.homes), String(change.pupils_per_home)];
  }
}

/** Changes out of the address; what cannot be read is left out. */
export function readChanges(text: string): Change[] {
  return split(text, ";")
    .map((change) => readChange(split(change, ",").map(unescapePart)))
    .filter((change) => change !== null)
    .slice(0, MOST_CHANGES);
}

function readChange([verb, ...parts]: readonly string[]): Change | null {
  const [first = "", ...rest] = parts;
  if (first === "") return null;
  switch (verb) {
    case "close":
      return { do: "close", school: first };
    case "open": {
      const at = placeOf(parts);
      const places = Number(parts[2]);
      return at && isAmount(places) ? { do: "open", name: parts[3] || "New school", ...at, places, like: parts[4] || null } : null;
    }
    case "merge": {
      const others = rest.filter((school) => school !== "" && school !== first);
      return others.length > 0 ? { do: "merge", schools: [first, ...others], into: first } : null;
    }
    case "resize": {
      const places = Number(rest[0]);
      return isAmount(places) ? { do: "resize", school: first, places } : null;
    }
    case "zone": {
      const numbers = rest.map(Number);
      const corners = Array.from({ length: Math.floor(numbers.length / 2) }, (_, i): LonLat => [numbers[2 * i] ?? NaN, numbers[2 * i + 1] ?? NaN]);
      const fine = corners.length > 2 && corners.every(([lon, lat]) => isPlace(lon, lat));
      return fine ? { do: "zone", school: first, zone: ringOf(corners) } : null;
    }
    case "homes": {
      const at = placeOf(parts);
      const [homes, each] = parts.slice(2).map(Number);
      return at && isAmount(homes) && isAmount(each) ? { do: "homes", ...at, homes, pupils_per_home: each } : null;
    }
    default:
      return null;
  }
}

/** A change as its chip says it. */
export function changeWords(change: Change, nameOf: (school: string) => string, locale: string): string {
  switch (change.do) {
    case "close":
      return `Close ${nameOf(change.school)}`;
    case "open":
      return `Open ${change.name}, ${whole(change.places, locale)} places`;
    case "merge": {
      const others = change.schools.filter((school) => school !== change.into).map(nameOf);
      return `Merge ${listed(others)} into ${nameOf(change.into)}`;
    }
    case "resize":
      return `${nameOf(change.school)} with ${whole(change.places, locale)} places`;
    case "zone":
      return `New zone for ${nameOf(change.school)}`;
    case "homes":
      return `${whole(change.homes, locale)} new homes`;
  }
}

/** Schools that a change names: they are marked on the map. */
export function schoolsOf(change: Change): string[] {
  switch (change.do) {
    case "close":
    case "resize":
    case "zone":
      return [change.school];
    case "merge":
      return change.schools;
    case "open":
    case "homes":
      return [];
  }
}

/** Schools that have no pupils of their own after the changes. */
export function closedBy(changes: readonly Change[]): Set<string> {
  return new Set(
    changes.flatMap((change) => {
      if (change.do === "close") return [change.school];
      return change.do === "merge" ? change.schools.filter((school) => school !== change.into) : [];
    }),
  );
}

/** The points that the changes put on the map. */
export function newPoints(changes: readonly Change[]): NewPoint[] {
  return changes.flatMap((change): NewPoint[] => {
    if (change.do === "open") return [{ kind: "open", at: [change.lon, change.lat], label: change.name }];
    if (change.do === "homes") return [{ kind: "homes", at: [change.lon, change.lat], label: `${change.homes} homes` }];
    return [];
  });
}

/** A closed ring of corners. */
export function ringOf(corners: readonly LonLat[]): Ring {
  const first = corners[0];
  return { type: "Polygon", coordinates: [first ? [...corners, first] : []] };
}

/** Corners of a ring, not closed. */
export function cornersOf({ coordinates }: Ring): LonLat[] {
  const outer = coordinates[0] ?? [];
  const [first, last] = [outer[0], outer.at(-1)];
  const closed = first !== undefined && last !== undefined && first[0] === last[0] && first[1] === last[1];
  return closed ? outer.slice(0, -1) : outer;
}

/** The outer ring of a polygon written as GeoJSON, by itself or in a feature; `null` when it is none. */
export function readPolygon(text: string): Ring | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const geometry = geometryIn(found);
  if (geometry?.["type"] !== "Polygon") return null;
  const outer = (geometry["coordinates"] as unknown[] | undefined)?.[0];
  if (!Array.isArray(outer)) return null;
  const corners = outer.map((each: unknown): LonLat => (Array.isArray(each) ? [Number(each[0]), Number(each[1])] : [NaN, NaN]));
  const ring = cornersOf({ type: "Polygon", coordinates: [corners] });
  return ring.length > 2 && ring.every(([lon, lat]) => isPlace(lon, lat)) ? ringOf(ring) : null;
}

function geometryIn(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  const found = value as Record<string, unknown>;
  if (found["type"] === "FeatureCollection" && Array.isArray(found["features"])) return geometryIn(found["features"][0]);
  return found["type"] === "Feature" ? geometryIn(found["geometry"]) : found;
}

function placeOf([lon, lat]: readonly string[]): { lon: number; lat: number } | null {
  const at = { lon: Number(lon), lat: Number(lat) };
  return isPlace(at.lon, at.lat) ? at : null;
}

function isPlace(lon: number, lat: number): boolean {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}

function isAmount(value: number | undefined): value is number {
  return Number.isFinite(value) && (value ?? -1) >= 0;
}

/** Five decimals: about a metre. */
function degrees(value: number): string {
  return String(Number(value.toFixed(5)));
}

/** A name may hold what parts changes: `~` stands before it, or before another `~`. */
function escapePart(text: string): string {
  return text.replace(/[~,;]/g, (character) => `~${character}`);
}

function unescapePart(text: string): string {
  return text.replace(/~(.)/g, "$1");
}

/** Parts between separators that are not escaped, still escaped themselves. */
function split(text: string, separator: string): string[] {
  const parts = [""];
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? "";
    if (character === separator) {
      parts.push("");
      continue;
    }
    if (character === "~") i += 1;
    parts[parts.length - 1] += character === "~" ? `~${text[i] ?? ""}` : character;
  }
  return parts;
}
