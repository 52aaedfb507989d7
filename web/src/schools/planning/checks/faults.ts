/** The checks of a city's data as they are read: faults first. */

import { whole } from "../../../text/format";
import type { Check, CheckResult, Vintage } from "../api";
import type { Table } from "../table";

const RANK: Readonly<Record<CheckResult, number>> = { faults: 0, passed: 1, "not applicable": 2 };

/** Checks that found faults first, then those that passed, then those that had nothing to look at. */
export function inOrder(checks: readonly Check[]): Check[] {
  return checks.toSorted((a, b) => RANK[a.result] - RANK[b.result]);
}

/** What came of a check: `passed`, `12 faults`, `nothing to check here`. */
export function resultWords({ result, faults }: Check, locale: string): string {
  if (result === "faults") return `${whole(faults, locale)} ${faults === 1 ? "fault" : "faults"}`;
  return result === "passed" ? "passed" : "nothing to check here";
}

/** Datasets that a newer one supersedes first, the others as they came. */
export function aged(vintages: readonly Vintage[]): Vintage[] {
  return vintages.toSorted((a, b) => Number(b.superseded_by !== null) - Number(a.superseded_by !== null));
}

export function faultTable(checks: readonly Check[]): Table {
  return {
    columns: [
      { name: "check", label: "Check", kind: "text" },
      { name: "fault", label: "Fault", kind: "text" },
      { name: "row", label: "Row", kind: "text" },
    ],
    rows: checks.flatMap(({ title, rows }) => rows.map(({ text, link }) => [title, text, link])),
  };
}
