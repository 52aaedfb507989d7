/** Codes in the tables of models as a resident reads them. */

import type { Value } from "../api/types";
import { componentLabel } from "./figures/components";
import type { Row } from "./figures/columns";

/** Primary needs as the Department for Education codes them in its census of schools. */
const NEEDS: Readonly<Record<string, string>> = {
  ASD: "Autistic spectrum disorder",
  HI: "Hearing impairment",
  MLD: "Moderate learning difficulty",
  MSI: "Multi-sensory impairment",
  OTH: "Other difficulty or disability",
  PD: "Physical disability",
  PMLD: "Profound and multiple learning difficulty",
  SEMH: "Social, emotional and mental health",
  SLCN: "Speech, language and communication",
  SLD: "Severe learning difficulty",
  SPLD: "Specific learning difficulty",
  VI: "Visual impairment",
};

const YEAR_GROUPS: Readonly<Record<string, string>> = {
  "NCY < 1": "Up to Reception",
  "NCY 1-6": "Years 1 to 6",
  "NCY 7-11": "Years 7 to 11",
  "NCY 12-13": "Years 12 and 13",
  "NCY 14+": "Year 14 and over",
};

const BREAKDOWNS: Readonly<Record<string, string>> = {
  total: "All together",
  need: "Need",
  setting: "Setting",
  academic_year: "School year",
  academic_year_group: "Group of school years",
  state: "School year, need and setting",
};

const MEASURES: Readonly<Record<string, string>> = { count: "Children", cost: "Cost, pounds a year" };

const REASONS: Readonly<Record<string, string>> = {
  small: "a number from 1 to 4",
  "beside a small one": "beside a small number",
  "in part": "only in part",
};

const SEXES: Readonly<Record<string, string>> = { F: "Women", M: "Men" };

/** What results are broken down by. */
export function breakdownWords(breakdown: string): string {
  return BREAKDOWNS[breakdown] ?? breakdown;
}

/** One part of such a breakdown: `Reception`, `Years 1 to 6`, `Need T`. */
export function partWords(breakdown: string, part: string): string {
  switch (breakdown) {
    case "total":
      return "All";
    case "need":
      return NEEDS[part.toUpperCase()] ?? `Need ${part}`;
    case "setting":
      return `Setting ${part}`;
    case "academic_year":
      return schoolYear(Number(part));
    case "academic_year_group":
      return YEAR_GROUPS[part] ?? part;
    case "state": {
      const [year = "", need = "", ...setting] = part.split(" ");
      return setting.length === 0 ? part : `${schoolYear(Number(year))}, need ${need}, setting ${setting.join(" ")}`;
    }
    default:
      return part;
  }
}

/** A national curriculum year; 0 is Reception. */
function schoolYear(year: number): string {
  if (year === 0) return "Reception";
  if (year > 0) return `Year ${year}`;
  return year === -1 ? "1 year before Reception" : `${-year} years before Reception`;
}

/** A code of a table's column in words; what has none stays as it is. */
export function cellWords(column: string, value: Value, row: Row): string {
  const text = String(value);
  switch (column) {
    case "sex":
      return SEXES[text] ?? text;
    case "component":
      return componentLabel(text);
    case "measure":
      return MEASURES[text] ?? text;
    case "breakdown":
      return breakdownWords(text);
    case "group":
      return typeof row["breakdown"] === "string" ? partWords(row["breakdown"], text) : text;
    case "hidden":
      return REASONS[text] ?? text;
    default:
      return text;
  }
}
