/** Datasets on their shelves, and the words they are found by. */

import type { Dataset } from "../api/types";

export interface Shelf {
  theme: string;
  datasets: Dataset[];
}

/** Shelves in alphabetical order, the ground of the maps last; each by title. */
export function byTheme(datasets: readonly Dataset[]): Shelf[] {
  const shelves = new Map<string, Dataset[]>();
  for (const dataset of datasets) {
    shelves.set(dataset.theme, [...(shelves.get(dataset.theme) ?? []), dataset]);
  }
  const ground = (theme: string): number => Number(theme === "boundaries") + 2 * Number(theme === "base map");
  return [...shelves]
    .map(([theme, found]) => ({ theme, datasets: found.sort((a, b) => a.title.localeCompare(b.title)) }))
    .sort((a, b) => ground(a.theme) - ground(b.theme) || a.theme.localeCompare(b.theme));
}

/** Whether every word stands somewhere in what a dataset says of itself. */
export function matches(dataset: Dataset, words: string): boolean {
  const { title, summary, theme, publisher, standard, aliases, id, fields } = dataset;
  const names = fields.map((field) => `${field.name} ${field.title}`);
  const text = [title, summary, theme, publisher, standard ?? "", id, ...aliases, ...names].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
