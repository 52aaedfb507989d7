/** What a what-if answers, as rows, classes and the places on its map. */

import type { Box, Geometry } from "../../../api/types";
import { boxOf } from "../../../map/geometry";
import { quantileLimits } from "../../../map/colours";
import type { Hidden } from "../../../think/figures/cells";
import type { GroupShare, MovedArea, Receiving, WhatIf } from "../api";
import { classOf, colours } from "../classes";
import type { MapArea } from "../picture";
import type { Table } from "../table";

/** Receiving schools, those that gain most first. */
export function byGain(receiving: readonly Receiving[]): Receiving[] {
  return receiving.toSorted((a, b) => b.after - b.before - (a.after - a.before) || a.name.localeCompare(b.name));
}

/** Schools with more pupils than places after the change that had room before it. */
export function filled(receiving: readonly Receiving[]): Receiving[] {
  return receiving.filter(({ over, before, capacity }) => over > 0 && capacity !== null && before <= capacity);
}

/** Schools that had more pupils than places already, and get more. */
export function fullBefore(receiving: readonly Receiving[]): Receiving[] {
  return receiving.filter(({ over, before, capacity }) => over > 0 && capacity !== null && before > capacity);
}

export function receivingTable(receiving: readonly Receiving[]): Table {
  return {
    columns: [
      { name: "school_name", label: "School", kind: "text" },
      { name: "school_id", label: "Id", kind: "text" },
      { name: "pupils_before", label: "Pupils now", kind: "count" },
      { name: "pupils_after", label: "After", kind: "count" },
      { name: "change", label: "Change", kind: "signed" },
      { name: "capacity", label: "Places", kind: "count" },
      { name: "over_capacity", label: "Over", kind: "count" },
    ],
    rows: byGain(receiving).map(({ id, name, before, after, capacity, over }) => [name, id, before, after, after - before, capacity, capacity === null ? null : over]),
  };
}

/** A number that is held back because it is below so many: `1–4`. */
export function held(below: number): Hidden {
  const shown = below <= 2 ? "1" : `1–${below - 1}`;
  return { hidden: shown, why: `hidden: a number from 1 to ${Math.max(1, below - 1)}` };
}

export function whoTable(who: readonly GroupShare[], below: number): Table {
  return {
    columns: [
      { name: "group", label: "Group", kind: "text" },
      { name: "by", label: "By", kind: "text" },
      { name: "pupils_moved", label: "Pupils who move", kind: "count" },
      { name: "share_of_moved", label: "Of those who move", kind: "share" },
      { name: "share_of_city", label: "Of the city’s pupils", kind: "share" },
    ],
    rows: who.map(({ title, label, pupils, share, city_share }) => [label, title, pupils ?? held(below), share, city_share]),
  };
}

export function areaTable(areas: readonly MovedArea[], below: number): Table {
  return {
    columns: [
      { name: "area_name", label: "Area", kind: "text" },
      { name: "area_id", label: "Code", kind: "text" },
      { name: "pupils_moved", label: "Pupils who move", kind: "count" },
      { name: "extra_metres", label: "Farther, on average", kind: "metres" },
    ],
    rows: areas
      .toSorted((a, b) => (b.properties.pupils_moved ?? 0) - (a.properties.pupils_moved ?? 0))
      .map(({ properties: { id, name, pupils_moved, extra_m } }) => [name, id, pupils_moved ?? held(below), extra_m]),
  };
}

/** Whether the places of any of them are known: else nothing can be said of their room. */
export function knowsPlaces(receiving: readonly Receiving[]): boolean {
  return receiving.some(({ capacity }) => capacity !== null);
}

/** Groups by what they part pupils by, in the order they came. */
export function groupsOf(who: readonly GroupShare[]): Map<string, GroupShare[]> {
  const groups = new Map<string, GroupShare[]>();
  for (const each of who) groups.set(each.title, [...(groups.get(each.title) ?? []), each]);
  return groups;
}

/** The group whose share of those who move is most above its share of the city; `null` when none is known. */
export function mostAbove(who: readonly GroupShare[]): { title: string; label: string; share: number; city: number } | null {
  const known = who.flatMap(({ title, label, share, city_share: city }) => (share === null || city === null ? [] : [{ title, label, share, city }]));
  return known.toSorted((a, b) => b.share - b.city - (a.share - a.city))[0] ?? null;
}

/** Limits of the classes of pupils who move. */
export function movedLimits(areas: readonly MovedArea[]): number[] {
  return quantileLimits(areas.flatMap(({ properties }) => properties.pupils_moved ?? []));
}

/** Areas in the colours of their class; those with a hidden number have none, and are hatched. */
export function colouredAreas(areas: readonly MovedArea[], limits: readonly number[]): MapArea[] {
  const palette = colours(limits.length + 1, false);
  return areas.map(({ geometry, properties: { id, pupils_moved } }) => ({
    type: "Feature",
    geometry,
    properties: { id, colour: pupils_moved === null ? "" : (palette[classOf(pupils_moved, limits)] ?? "") },
  }));
}

/** The box around the areas and points of an answer. */
export function boxOfAnswer(answer: WhatIf | undefined, points: readonly (readonly [number, number])[]): Box | null {
  const geometries = (answer?.areas.features ?? []).flatMap(({ geometry }) => (geometry ? [geometry as Geometry] : []));
  const some: Geometry = { type: "MultiPoint", coordinates: points.map(([lon, lat]) => [lon, lat]) };
  return boxOf({ type: "GeometryCollection", geometries: [...geometries, some] });
}
