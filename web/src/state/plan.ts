/** The plan by which a layer of aggregates is added up, with what the app knows of cities and datasets. */

import type { Plan } from "../amount/plan";
import { planOf } from "../amount/plan";
import type { Params } from "../api/client";
import { app } from "./app.svelte";
import type { Choice } from "./view";

/** The plan of a layer's question; `null` when its rows are single things. */
export async function plan(asked: { dataset: string; params: Params; choice: Choice }): Promise<Plan | null> {
  const dataset = app.datasets.get(asked.dataset);
  const city = dataset && app.city(dataset.city);
  return city ? planOf({ dataset, city, params: asked.params, choice: asked.choice }, app.datasets) : null;
}
