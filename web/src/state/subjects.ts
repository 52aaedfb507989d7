/** Layers on the screen, paired across the cities: what the legend and the panel speak of. */

import type { Dataset } from "../api/types";
import { PALETTE } from "../map/colours";
import type { Layer, Scope, View } from "./view";
import { cityOf, shows } from "./view";

/** A layer that is on the screen, with its dataset and its place in `view.layers`. */
export interface Shown {
  index: number;
  layer: Layer;
  dataset: Dataset;
}

/** One thing that is compared: a layer, or the layers of both cities that answer the same standard. */
export interface Subject {
  key: string;
  title: string;
  colour: string;
  shown: Shown[];
  /** Layers of a partner that does not answer: nothing is asked of them until it does. */
  away: Shown[];
}

/** The subjects of a view, in the order of its layers; each has its own colour. */
export function subjectsOf(view: View, datasets: ReadonlyMap<string, Dataset>): Subject[] {
  const subjects: Subject[] = [];
  view.layers.forEach((layer, index) => {
    const dataset = datasets.get(layer.dataset);
    if (!dataset || !shows(view.scope, dataset.city)) return;
    const each = { index, layer, dataset };
    const subject = subjects.find((other) => isPartner(layersOf(other), dataset));
    const list = dataset.node && !dataset.node.answers ? "away" : "shown";
    if (subject) {
      subject[list].push(each);
    } else {
      const fresh = { key: `${index}:${dataset.id}`, title: dataset.title, colour: "", shown: [], away: [] };
      subjects.push({ ...fresh, [list]: [each] });
    }
  });
  return subjects.map((subject, i) => ({ ...subject, colour: PALETTE[i % PALETTE.length] ?? "" }));
}

/** Whether only counts and statistics of a dataset may be had. */
export function withoutRows({ access }: Dataset): boolean {
  return access.kind === "statistics";
}

/** Every layer of a subject, be its holder there or not. */
export function layersOf({ shown, away }: Subject): Shown[] {
  return [...shown, ...away].sort((a, b) => a.index - b.index);
}

function isPartner(layers: readonly Shown[], dataset: Dataset): boolean {
  return (
    layers.every(({ dataset: other }) => other.city !== dataset.city) &&
    layers.some(({ dataset: other }) => areAlike(other, dataset))
  );
}

function areAlike(one: Dataset, other: Dataset): boolean {
  return one.standard !== null ? one.standard === other.standard : nameOf(one) === nameOf(other);
}

function nameOf(dataset: Dataset): string {
  return dataset.id.slice(dataset.city.length + 1);
}

/** The dataset of another city that answers the same question best, if it has one. */
export function counterpart(
  dataset: Dataset,
  city: string,
  datasets: Iterable<Dataset>,
): Dataset | null {
  const alike = [...datasets].filter(
    (other) => other.city === city && other.loaded && areAlike(dataset, other),
  );
  const merit = (other: Dataset): number => (nameOf(other) === nameOf(dataset) ? Infinity : other.rows);
  return alike.sort((a, b) => merit(b) - merit(a))[0] ?? null;
}

/**
 * Layers for a changed scope: those that are there stay, and each gets its counterpart in a city
 * that has none yet. Filters go along when the counterpart has their fields.
 */
export function layersFor(
  scope: Scope,
  layers: readonly Layer[],
  cities: readonly string[],
  datasets: ReadonlyMap<string, Dataset>,
): Layer[] {
  const result = [...layers];
  for (const city of cities.filter((id) => shows(scope, id))) {
    if (layers.some((layer) => cityOf(layer.dataset) === city)) continue;
    for (const layer of layers) {
      const dataset = datasets.get(layer.dataset);
      const other = dataset && counterpart(dataset, city, datasets.values());
      if (!other || result.some((each) => each.dataset === other.id)) continue;
      result.push({ dataset: other.id, filters: layer.filters.filter((f) => fits(f, other)) });
    }
  }
  return result;
}

function fits(filter: Layer["filters"][number], dataset: Dataset): boolean {
  if (filter.kind === "text") return dataset.roles.search.length > 0;
  if (filter.kind === "expression") return false;
  return dataset.fields.some((field) => field.name === filter.field && !field.extra);
}
