/** The checks of a city's data as they are read: faults first. */

import { whole } from "../../../text/format";
import type { Check, CheckResult } from "../api";
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
