/** The columns of the table. */

import type { Dataset, Field } from "../api/types";

/** Fields in reading order: what names a row, when it was and what it is come first. */
export function columnsOf({ fields, roles }: Dataset): Field[] {
  const lead = [roles.label, roles.time, roles.category, roles.value].filter((name) => name !== null);
  const rank = ({ name }: Field): number => (lead.includes(name) ? lead.indexOf(name) : lead.length);
  return fields.filter(({ type }) => type !== "geometry").sort((a, b) => rank(a) - rank(b));
}
