/** A line that was typed, as the node read it, turned into a view. */

import type { Phrase } from "../api/types";
import { fromInterval } from "./time";
import type { Filter, Layer, Place, Time, View } from "./view";
import { cityOf } from "./view";

/** The change that shows what a phrase asks for; `null` when it names nothing to show. */
export function viewOf(phrase: Phrase, zoneOf: (city: string) => string): Partial<View> | null {
  if (phrase.queries.length === 0) return null;
  const layers: Layer[] = [];
  const places: Place[] = [];
  let time: Time | null = null;
  for (const { dataset, params } of phrase.queries) {
    const city = cityOf(dataset);
    const filters: Filter[] = [];
    for (const [name, value] of Object.entries(params)) {
      const values = Array.isArray(value) ? value : [value];
      switch (name) {
        case "q":
          filters.push({ kind: "text", words: values.join(" ") });
          break;
        case "filter":
          for (const cql of values) filters.push({ kind: "expression", cql });
          break;
        case "datetime":
          time ??= fromInterval(values[0] ?? "", zoneOf(city));
          break;
        case "near":
        case "in":
          for (const text of values) add(places, readPlace(name, text, city, phrase));
          break;
        case "limit":
        case "sortby":
        case "filter-lang":
          break;
        default:
          filters.push({ kind: "values", field: name, values });
      }
    }
    layers.push({ dataset, filters });
  }
  return { page: "explore", layers, places, time, focus: 0, feature: null, sort: "", cameras: {} };
}

function readPlace(name: "near" | "in", text: string, city: string, phrase: Phrase): Place | null {
  const said = phrase.chips.find(({ kind }) => kind === name)?.label ?? "";
  if (name === "in") {
    const colon = text.indexOf(":");
    const boundary = text.slice(0, colon);
    const label = said.replace(/^in\s+/, "");
    return colon > 0 ? { kind: "area", city, boundary, id: text.slice(colon + 1), label } : null;
  }
  const [lon = NaN, lat = NaN, metres = NaN] = text.split(",").map(Number);
  if ([lon, lat, metres].some(Number.isNaN)) return null;
  return { kind: "near", city, lon, lat, metres, label: said.replace(/^.*?\bof\s+/, "") };
}

function add(places: Place[], place: Place | null): void {
  const text = JSON.stringify(place);
  if (place && !places.some((each) => JSON.stringify(each) === text)) places.push(place);
}
