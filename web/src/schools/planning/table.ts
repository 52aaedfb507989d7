/** The numbers of a picture, once: shown as a table in the person's manner, and saved as a file as they are. */

import type { Cell as Shown, Hidden } from "../../think/figures/cells";
import { signed } from "../../think/words";
import { brief, percent, whole } from "../../text/format";
import type { Manner } from "../../text/words";
import { distanceText } from "../words";

/** How a column's numbers are written. */
export type Kind = "text" | "count" | "signed" | "share" | "metres" | "number" | "plain";

export interface Column {
  /** In a file. */
  name: string;
  /** On the screen. */
  label: string;
  kind: Kind;
}

export type Cell = string | number | null | Hidden;

export interface Table {
  columns: Column[];
  rows: Cell[][];
}

const UNKNOWN = "–";

/** One cell as it stands on the screen. */
export function cellText(cell: Cell, kind: Kind, manner: Manner): Shown {
  if (cell === null || cell === "") return UNKNOWN;
  if (typeof cell !== "number") return cell;
  switch (kind) {
    case "count":
      return whole(cell, manner.locale);
    case "signed":
      return signed(cell, manner.locale);
    case "share":
      return percent(cell, manner.locale, 1);
    case "metres":
      return distanceText(cell, manner.units, manner.locale);
    case "number":
      return brief(cell, manner.locale);
    default:
      return String(cell);
  }
}

/** All rows as they stand on the screen. */
export function shownRows({ columns, rows }: Table, manner: Manner): Shown[][] {
  return rows.map((row) => row.map((cell, i) => cellText(cell, columns[i]?.kind ?? "text", manner)));
}

/** The table as CSV (RFC 4180): numbers as they are, what is hidden in its own words, what is not known empty. */
export function toCsv({ columns, rows }: Table): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(raw))];
  return lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

function raw(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "object" ? `hidden (${cell.hidden})` : String(cell);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A name for a file: letters, digits and hyphens. */
export function fileName(title: string): string {
  const plain = title.normalize("NFKD").replace(/[^\w\s-]/g, "");
  return plain.trim().toLowerCase().replace(/[\s_-]+/g, "-").slice(0, 80) || "table";
}

/** Save a text on the person's machine. */
export function save(text: string, type: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
