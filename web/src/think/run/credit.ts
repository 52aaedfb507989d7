/** Where the numbers of a run come from, as every figure says it. */

import type { Run } from "../../api/thinkTypes";
import type { Dataset } from "../../api/types";
import { instant } from "../../text/format";
import { listed } from "../words";

export interface Credit {
  /** The model, the run's time, and what went in. */
  text: string;
  licence: { title: string; url: string } | null;
  attribution: string;
  /** Something it was worked out from was made up. */
  synthetic: boolean;
}

/** More of them are only counted: the record names each. */
const MOST_FILES = 2;

/** The sources of a run's results; several runs are told one after the other. */
export function creditOf(
  run: Run,
  modelTitle: string,
  datasets: ReadonlyMap<string, Dataset>,
  manner: { zone: string; locale: string },
): Credit {
  const outputs = Object.values(run.outputs).flatMap(({ dataset }) => datasets.get(dataset) ?? []);
  const inputs = Object.values(run.inputs);
  const known = inputs.flatMap(({ dataset }) => (dataset ? (datasets.get(dataset) ?? []) : []));
  const publishers = [...new Set(known.map(({ publisher }) => publisher))];
  const own = inputs.filter(({ dataset }) => dataset === null).map(({ name }) => `own file ${name}`);
  const files = own.length > MOST_FILES ? [`${own.length} own files`] : own;
  const at = run.ended_at ?? run.created_at;
  const from = listed([...publishers, ...files]);
  const given = outputs[0];
  const [licence] = [...known, ...(given ? [given] : [])];
  const licences = new Set(known.map((each) => each.licence.id));
  const one = files.length === 0 && licences.size <= 1 ? licence?.licence : undefined;
  return {
    text: `${modelTitle} ${run.model_version}, run of ${instant(at, manner.zone, manner.locale)}${from ? `, from data of ${from}` : ""}`,
    licence: one ? { title: one.title, url: one.url } : null,
    attribution: [...new Set(known.map((each) => each.attribution))].join("; "),
    synthetic: [...outputs, ...known].some((each) => each.synthetic),
  };
}
