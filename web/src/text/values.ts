/** One value of a table, as text. */

import type { Field, Value } from "../api/types";
import { instant, moment } from "./format";

/** A value in words; an empty one is `–`. The caller puts it on the page as text, never as markup. */
export function valueText(
  value: Value | undefined,
  field: Field | undefined,
  zone: string,
  locale: string,
): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 4, useGrouping: isAmount(field) });
    return field?.unit ? `${number.format(value)} ${field.unit}` : number.format(value);
  }
  if (field?.type === "datetime") return instant(value, zone, locale);
  if (field?.type === "date" && /^\d{4}-\d\d-\d\d$/.test(value)) return moment(value, locale);
  return value;
}

/** Numbers with a unit or a fraction are amounts; the others may be years, codes and numbers of wards. */
function isAmount(field: Field | undefined): boolean {
  return field !== undefined && (field.unit !== "" || field.type === "number");
}
