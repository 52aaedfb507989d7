/** Last distances offered: what the node answers, and how it is said. */

import { get, queryString } from "../api/client";
import type { Params } from "../api/client";
import type { Units } from "../text/format";
import type { SourceOf } from "./types";

export type OfferStatus = "measured" | "doubtful" | "not by distance";

export interface OfferYear {
  year: number;
  last_distance_m: number | null;
  status: OfferStatus;
}

/** The figures of a school for one entry and one criterion. */
export interface OfferSeries {
  school_id: string;
  stated_name: string;
  year_group: number | null;
  criterion: string;
  entry: string;
  drawn: boolean;
  years: OfferYear[];
  latest: { year: number; last_distance_m: number } | null;
  least_m: number | null;
  most_m: number | null;
  moves: { year: number; share: number }[];
  rounding_m: number;
  words: string;
}

export interface Admissions {
  stage: string;
  by_distance: boolean;
  words: string;
  source: string;
}

export interface SchoolOffers {
  school: { id: string; name: string; lon: number | null; lat: number | null };
  series: OfferSeries[];
  earlier: { id: string; name: string }[];
  admissions: Admissions[];
  words: string;
  result_words: string;
  sources: SourceOf[];
}

/** One of six results that the node knows; it is never said in other words. */
export interface OfferAt {
  id: string;
  name: string;
  year_group: number | null;
  criterion: string;
  distance_m: number | null;
  margin_m: number | null;
  result: string;
  within: number;
  of: number;
  latest_year: number | null;
  latest_m: number | null;
  years: { year: number; held: string }[];
  words: string;
}

export interface OffersAt {
  place: { label: string; lon: number; lat: number; within_m: number | null };
  stage: string;
  by_distance: boolean;
  schools: OfferAt[];
  words: string;
  result_words: string;
  sources: SourceOf[];
}

/** A school in simulated rounds of admissions; distances are `null` where nobody is turned away. */
export interface SimulatedSchool {
  id: string;
  name: string;
  distance_m: number;
  by_distance: boolean;
  places: number;
  last_m: { p5: number | null; p50: number | null; p95: number | null } | null;
  share: number | null;
  chance: string;
  words: string;
}

export interface SimulatedOffers {
  place: { label: string; lon: number; lat: number; within_m: number };
  by_distance: boolean;
  draws: number;
  schools: SimulatedSchool[];
  assumptions: string[];
  words: string;
  result_words: string;
  sources: SourceOf[];
}

const part = encodeURIComponent;

export const offersApi = {
  ofSchool(city: string, school: string, signal?: AbortSignal): Promise<SchoolOffers> {
    return get(`/api/schools/${part(city)}/schools/${part(school)}/offers`, signal);
  },

  at(city: string, where: { lon: number; lat: number } | string, stage: string, signal?: AbortSignal): Promise<OffersAt> {
    return get(`/api/schools/${part(city)}/at/offers${queryString([...placeParams(where), ["stage", stage]])}`, signal);
  },

  simulate(city: string, where: { lon: number; lat: number } | string, stage: string, signal?: AbortSignal): Promise<SimulatedOffers> {
    return get(`/api/schools/${part(city)}/offers/simulate${queryString([...placeParams(where), ["stage", stage]])}`, signal);
  },
};

function placeParams(where: { lon: number; lat: number } | string): Params {
  return typeof where === "string" ? [["q", where]] : [["lon", String(where.lon)], ["lat", String(where.lat)]];
}

const METRES_PER_MILE = 1609.344;

/** A last distance as exact as it is published: `537 m`, `1.01 km`, `0.33 miles`. */
export function lastDistanceText(metres: number | null, units: Units, locale: string): string {
  if (metres === null) return "–";
  if (units === "metric" && metres < 1000) return `${new Intl.NumberFormat(locale).format(metres)}\u00a0m`;
  const [unit, size] = units === "metric" ? (["km", 1000] as const) : (["miles", METRES_PER_MILE] as const);
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${number.format(metres / size)}\u00a0${unit}`;
}

/** What stands in the cell of a year: a doubtful figure says so, and none is never a zero. */
export function yearText({ last_distance_m, status }: OfferYear, units: Units, locale: string): string {
  if (status === "not by distance") return "not by distance";
  const text = lastDistanceText(last_distance_m, units, locale);
  return status === "doubtful" ? `${text}, doubtful` : text;
}

/** How much a distance moved from the year before: `+45 %`, `−26 %`. */
export function moveText(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format(share);
}

/** The band of nine draws in ten: `0.62–1.10 km`, or that nobody is turned away. */
export function bandText({ last_m }: SimulatedSchool, units: Units, locale: string): string {
  if (!last_m) return "–";
  if (last_m.p5 === null) return "none, as nobody is turned away in nine draws of ten";
  const least = lastDistanceText(last_m.p5, units, locale);
  return last_m.p95 === null ? `${least} to no limit` : `${least} to ${lastDistanceText(last_m.p95, units, locale)}`;
}
