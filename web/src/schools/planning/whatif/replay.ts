/** What is told of a replay: how well it fits, and the schools that tell most about it. */

import { brief, percent, whole } from "../../../text/format";
import { signed } from "../../../think/words";
import type { Replay, ReplayedSchool } from "../api";
import type { Table } from "../table";

export function replayTable(receiving: readonly ReplayedSchool[]): Table {
  return {
    columns: [
      { name: "school_name", label: "School", kind: "text" },
      { name: "school_id", label: "Id", kind: "text" },
      { name: "predicted", label: "Predicted", kind: "signed" },
      { name: "happened", label: "Happened", kind: "signed" },
      { name: "difference", label: "Difference", kind: "signed" },
    ],
    rows: receiving
      .toSorted((a, b) => (b.predicted ?? -Infinity) - (a.predicted ?? -Infinity))
      .map(({ id, name, predicted, happened }) => [name, id, predicted, happened, predicted === null || happened === null ? null : happened - predicted]),
  };
}

const FIT: Readonly<Record<string, { label: string; kind: "share" | "number" }>> = {
  cpc: { label: "of the pupils sent to the right school (CPC)", kind: "share" },
  r2: { label: "of the differences explained (R²)", kind: "share" },
  r: { label: "correlation of predicted and happened", kind: "number" },
  correlation: { label: "correlation of predicted and happened", kind: "number" },
  mean_error: { label: "pupils off, on average", kind: "number" },
  mae: { label: "pupils off, on average", kind: "number" },
};

/** How well the model foretold what happened, as large numbers. */
export function fitTiles(replay: Replay, locale: string): { value: string; label: string }[] {
  const counted = [
    { value: whole(replay.closed.length, locale), label: "schools closed" },
    { value: whole(replay.receiving.length, locale), label: "schools that took pupils in" },
  ];
  const known = Object.entries(replay.fit).flatMap(([name, value]) => {
    const of = FIT[name];
    return of && value !== null ? [{ value: of.kind === "share" ? percent(value, locale) : brief(value, locale), label: of.label }] : [];
  });
  return [...counted, ...known].slice(0, 4);
}

const TOLD = 2;

/** The schools that were foretold best among the large ones, and those that were foretold worst, in words. */
export function telling(receiving: readonly ReplayedSchool[], locale = "en-GB"): { id: string; words: string }[] {
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
