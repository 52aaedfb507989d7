/** What is told of a replay: how well it fits, and the schools that tell most about it. */

import { whole } from "../../../text/format";
import { signed } from "../../../think/words";
import type { Replay, ReplayedSchool } from "../api";
import type { Table } from "../table";

export function replayTable(receiving: readonly ReplayedSchool[]): Table {
  return {
    columns: [
      { name: "school_name", label: "School", kind: "text" },
      { name: "school_id", label: "Id", kind: "text" },
      { name: "pupils_before", label: "Pupils before", kind: "count" },
      { name: "predicted", label: "Predicted", kind: "signed" },
      { name: "happened", label: "Happened", kind: "signed" },
      { name: "difference", label: "Difference", kind: "signed" },
      { name: "if_all_chose", label: "If all chose", kind: "signed" },
      { name: "if_named_took_all", label: "If the named took all", kind: "signed" },
    ],
    rows: receiving
      .toSorted((a, b) => (b.predicted ?? -Infinity) - (a.predicted ?? -Infinity))
      .map(({ id, name, before, predicted, happened, chosen, naive }) => [
        name, id, before, predicted, happened, predicted === null || happened === null ? null : happened - predicted, chosen, naive,
      ]),
  };
}

/** How well the model foretold what happened, beside two simple guesses, as large numbers. */
export function fitTiles({ closed, fit }: Replay, locale: string): { value: string; label: string }[] {
  const errors = [
    { error: fit.error, label: "pupils off at each receiving school: the model" },
    { error: fit.error_choice, label: "if nobody followed the decision, and all chose" },
    { error: fit.error_naive, label: "if the schools that were named took everybody" },
    { error: fit.error_unchanged, label: "if nobody had come" },
  ];
  return [
    { value: whole(closed.length, locale), label: "schools closed" },
    ...errors.flatMap(({ error, label }) => (error === null ? [] : [{ value: whole(error, locale), label }])),
  ];
}

const TOLD = 2;

/** The schools that were foretold best among the large ones, and those that were foretold worst, in words. */
export function telling(receiving: readonly ReplayedSchool[], locale: string): { id: string; words: string }[] {
  const known = receiving.flatMap(({ id, name, predicted, happened }) => (predicted === null || happened === null ? [] : [{ id, name, predicted, happened, off: happened - predicted }]));
  if (known.length < 2 * TOLD) return [];
  const large = known.toSorted((a, b) => b.happened - a.happened).slice(0, Math.max(TOLD, Math.ceil(known.length / 3)));
  const right = large.toSorted((a, b) => Math.abs(a.off) - Math.abs(b.off)).slice(0, TOLD);
  const wrong = known.filter((each) => !right.includes(each)).toSorted((a, b) => Math.abs(b.off) - Math.abs(a.off)).slice(0, TOLD);
  const say = (value: number): string => signed(Math.round(value), locale);
  return [
    ...right.map(({ id, name, predicted, happened }) => ({ id, words: `${name} got ${say(happened)} pupils; the model had said ${say(predicted)}.` })),
    ...wrong.map(({ id, name, predicted, happened, off }) => ({
      id,
      words: `${name} got ${say(happened)} pupils where the model had said ${say(predicted)}: ${whole(Math.abs(off), locale)} ${off < 0 ? "fewer" : "more"} than foretold.`,
    })),
  ];
}
