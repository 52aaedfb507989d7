/** Sentences for residents: what is on the screen, in plain words. */

import type { Dataset, Field } from "../api/types";
import type { Filter, Place, Time } from "../state/view";
import type { Units } from "./format";
import { distance, timeSpan, whole } from "./format";

export interface Manner {
  locale: string;
  units: Units;
}

/** The name of a dataset inside a sentence: `Food inspections` becomes `food inspections`. */
export function noun(title: string): string {
  return /^\p{Lu}\p{Ll}/u.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

/** One filter as a chip says it. */
export function filterLabel(filter: Filter, dataset: Dataset | undefined): string {
  switch (filter.kind) {
    case "text":
      return `“${filter.words.replaceAll('"', "")}”`;
    case "values":
      return `${title(dataset, filter.field)}: ${filter.values.join(" or ")}`;
    case "range": {
      const name = title(dataset, filter.field);
      const unit = fieldOf(dataset, filter.field)?.unit;
      const tail = unit ? ` ${unit}` : "";
      if (filter.min !== null && filter.max !== null) return `${name}: ${filter.min} to ${filter.max}${tail}`;
      return filter.min !== null ? `${name}: ${filter.min}${tail} or more` : `${name}: ${filter.max}${tail} or less`;
    }
    case "expression":
      return filter.cql;
  }
}

/** One place as a chip says it. */
export function placeLabel(place: Place, manner: Manner): string {
  switch (place.kind) {
    case "near":
      return `within ${distance(place.metres, manner.units, manner.locale)} of ${place.label || "a point"}`;
    case "area":
      return `in ${place.label || place.id}`;
    case "shape":
      return "inside the drawn area";
  }
}

/** What a layer's rows are, behind their number: `crimes with “theft” within 400 m of …`. */
export function description(
  dataset: Dataset,
  filters: readonly Filter[],
  places: readonly Place[],
  time: Time | null,
  manner: Manner,
): string {
  return [noun(dataset.title), conditions(dataset, filters, places, time, manner)].filter((part) => part !== "").join(" ");
}

/** What filters a layer's rows, as it stands behind what they are: `with “theft” within 400 m of …`. */
export function conditions(
  dataset: Dataset,
  filters: readonly Filter[],
  places: readonly Place[],
  time: Time | null,
  manner: Manner,
): string {
  const parts: string[] = [];
  for (const filter of filters) {
    const label = filterLabel(filter, dataset);
    parts.push(filter.kind === "text" ? `with ${label}` : `where ${lower(label)}`);
  }
  for (const place of places) {
    if (place.city === dataset.city) parts.push(placeLabel(place, manner));
  }
  if (time && dataset.roles.time) {
    const words = timeSpan(time, manner.locale);
    parts.push(words.startsWith("since") || words.startsWith("until") ? words : preposition(time, words));
  }
  return parts.join(" ");
}

function preposition(time: Time, words: string): string {
  if (time.start === time.end) return `on ${words}`;
  return words.includes(" to ") ? `from ${words}` : `in ${words}`;
}

/** What is said of the rows without a place; empty when all have one. */
export function unplaced(count: number, placed: number, locale: string): string {
  const missing = count - placed;
  if (missing === 0) return "";
  if (placed === 0) return "None has a place on the map; all are in the table.";
  const rows = whole(missing, locale);
  return missing === 1
    ? "1 without a place is in the table, not on the map."
    : `${rows} without a place are in the table, not on the map.`;
}

export function title(dataset: Dataset | undefined, field: string): string {
  const found = fieldOf(dataset, field);
  return found?.title || sentence(field);
}

/** A column's name as words: `primary_type` becomes `Primary type`. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value as people read it: `CRIMINAL DAMAGE` and `criminal damage` become `Criminal damage`. */
export function calm(value: string): string {
  const shouted = value.length > 3 && value === value.toUpperCase() && value !== value.toLowerCase();
  const text = shouted ? value.toLowerCase() : value;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lower(label: string): string {
  return label.charAt(0).toLowerCase() + label.slice(1);
}

function fieldOf(dataset: Dataset | undefined, name: string): Field | undefined {
  return dataset?.fields.find((field) => field.name === name);
}
