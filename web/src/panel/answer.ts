/** The numbers behind a subject's headline: rows and places of each city, exact. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import { queryOf } from "../state/query";
import type { Subject } from "../state/subjects";
import type { View } from "../state/view";

export interface Answer {
  dataset: string;
  city: string;
  params: Params;
  count: number;
  placed: number;
}

export interface Asked {
  dataset: string;
  city: string;
  params: Params;
}

/** The query of each of a subject's layers. */
export function askedOf(view: View, subject: Subject, zoneOf: (city: string) => string): Asked[] {
  return subject.shown.map(({ dataset, layer }) => ({
    dataset: dataset.id,
    city: dataset.city,
    params: queryOf(view, layer, dataset, zoneOf(dataset.city)),
  }));
}

export function fetchAnswers(asked: Asked[], signal: AbortSignal): Promise<Answer[]> {
  return Promise.all(
    asked.map(async (each) => ({ ...each, ...(await api.count(each.dataset, each.params, signal)) })),
  );
}
