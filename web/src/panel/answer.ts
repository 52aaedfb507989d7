/** The numbers behind a subject's headline: rows and places of each city, and what aggregates add up to. */

import type { Summed } from "../amount/ask";
import { amountOf } from "../amount/ask";
import type { Plan } from "../amount/plan";
import type { Params } from "../api/client";
import { api } from "../api/client";
import { plan } from "../state/plan";
import { queryOf } from "../state/query";
import type { Subject } from "../state/subjects";
import type { Choice, View } from "../state/view";

/** One layer's question, and the words that stand behind its number. */
export interface Asked {
  dataset: string;
  city: string;
  params: Params;
  choice: Choice;
}

export interface Question extends Asked {
  words: string;
  /** The filters alone, for a number that says itself what it counts. */
  filters: string;
}

export interface Answer extends Question {
  count: number;
  placed: number;
  /** What the rows add up to, when they are aggregates; `null` when they are single things. */
  amount: (Summed & { plan: Plan }) | null;
}

/** The query of each of a subject's layers. */
export function askedOf(view: View, subject: Subject): Asked[] {
  return subject.shown.map(({ dataset, layer }) => ({
    dataset: dataset.id,
    city: dataset.city,
    params: queryOf(view, layer, dataset),
    choice: view.measure,
  }));
}

/** The exact numbers; each keeps its own words, so that no number ever stands behind new ones. */
export function fetchAnswers(questions: Question[], signal: AbortSignal): Promise<Answer[]> {
  return Promise.all(
    questions.map(async (each) => {
      const [counted, amount] = await Promise.all([api.count(each.dataset, each.params, signal), amountFor(each, signal)]);
      return { ...each, ...counted, amount };
    }),
  );
}

async function amountFor(asked: Asked, signal: AbortSignal): Promise<Answer["amount"]> {
  const found = await plan(asked);
  if (!found || found.measure === "count") return null;
  return { ...(await amountOf(asked.dataset, found, signal)), plan: found };
}
