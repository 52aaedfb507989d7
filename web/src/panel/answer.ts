/** The numbers behind a subject's headline: rows and places of each city, exact. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import { queryOf } from "../state/query";
import type { Subject } from "../state/subjects";
import type { View } from "../state/view";

/** One layer's question, and the words that stand behind its number. */
export interface Asked {
  dataset: string;
  city: string;
  params: Params;
}

export interface Question extends Asked {
  words: string;
}

export interface Answer extends Question {
  count: number;
  placed: number;
}

/** The query of each of a subject's layers. */
export function askedOf(view: View, subject: Subject): Asked[] {
  return subject.shown.map(({ dataset, layer }) => ({
    dataset: dataset.id,
    city: dataset.city,
    params: queryOf(view, layer, dataset),
  }));
}

/** The exact numbers; each keeps its own words, so that no number ever stands behind new ones. */
export function fetchAnswers(questions: Question[], signal: AbortSignal): Promise<Answer[]> {
  return Promise.all(
    questions.map(async (each) => ({ ...each, ...(await api.count(each.dataset, each.params, signal)) })),
  );
}
