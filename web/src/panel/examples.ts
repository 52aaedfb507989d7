/** Where a first visit may begin: questions that the loaded data answer. */

import type { Dataset } from "../api/types";
import { layersFor } from "../state/subjects";
import type { Scope, View } from "../state/view";
import { shows } from "../state/view";

export interface Example {
  question: string;
  dataset: Dataset;
  view: Partial<View>;
}

/** What may be asked of a standard, the most telling first. */
const QUESTIONS: readonly { standard: string; question: string; change?: Partial<View> }[] = [
  { standard: "crime_incident", question: "Where are crimes recorded, and when?" },
  { standard: "food_inspection", question: "How do kitchens do in inspections?", change: { tab: "chart" } },
  { standard: "building_permit", question: "Where is the city being rebuilt?" },
  { standard: "service_request", question: "What do people ask the city to put right?" },
  { standard: "school", question: "Which schools are where?", change: { colour: "category" } },
  { standard: "bike_station", question: "Where can a bike be hired?" },
];

/** The questions that the datasets of a scope answer, each by its largest dataset. */
export function examplesFor(
  scope: Scope,
  cities: readonly string[],
  datasets: ReadonlyMap<string, Dataset>,
): Example[] {
  const here = [...datasets.values()].filter(({ city, loaded, placed }) => loaded && placed > 0 && shows(scope, city));
  return QUESTIONS.flatMap(({ standard, question, change }) => {
    const [largest] = here
      .filter((dataset) => dataset.standard?.startsWith(`${standard}@`))
      .sort((a, b) => b.rows - a.rows);
    if (!largest) return [];
    const layers = layersFor(scope, [{ dataset: largest.id, filters: [] }], cities, datasets);
    return [{ question, dataset: largest, view: { layers, focus: 0, cameras: {}, ...change } }];
  });
}
