/** Numbers, dates, distances and areas as people of a city write them. */

import type { Unit } from "../state/time";
import { momentAt, position } from "../state/time";
import type { Time } from "../state/view";

export type Units = "metric" | "imperial";

const METRES_PER_MILE = 1609.344;
const METRES_PER_FOOT = 0.3048;
const KM2_PER_SQUARE_MILE = 2.589988;

/** A whole number with its thousands parted. */
export function whole(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** A number with about three significant digits. */
export function brief(value: number, locale: string): string {
  const digits = Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(locale, digits).format(value);
}

/** A large number in a narrow place: `1.2M`, `14K`. */
export function compact(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** A share as a person says it: `<1 %`, `23 %`. */
export function share(part: number, total: number, locale: string): string {
  if (total === 0) return percent(0, locale);
  const value = part / total;
  return value > 0 && value < 0.01 ? `<${percent(0.01, locale)}` : percent(value, locale);
}

/** A part of one in percent: `23 %`, `12.4 %`; the sign never stands on a line of its own. */
export function percent(value: number, locale: string, digits = 0): string {
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${number.format(value * 100)}\u00a0%`;
}

/** An amount of money in a sentence: `£2.53 million`. */
export function money(value: number, currency: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: "currency", currency }).formatToParts(0);
  const symbol = parts.find(({ type }) => type === "currency")?.value ?? "";
  const number = new Intl.NumberFormat(locale, {
    notation: "compact",
    compactDisplay: "long",
    maximumSignificantDigits: 3,
  });
  return symbol + number.format(value);
}

/** An amount of money to the last unit: `£2,527,320`. */
export function exactMoney(value: number, currency: string, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);
}

/** Where an axis has its ticks: the round step nearest to that many of them. */
export function tickStep(low: number, high: number, count: number): number {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const over = rough / power;
  return power * (over >= Math.sqrt(50) ? 10 : over >= Math.sqrt(10) ? 5 : over >= Math.sqrt(2) ? 2 : 1);
}

/** A number at a tick, with as many digits as tell it from its neighbours: `1.25m` beside `1.3m`. */
export function tickText(value: number, step: number, locale: string, currency = ""): string {
  const size = Math.max(Math.abs(value), step);
  const unit = size >= 1_000 ? 1_000 ** Math.floor(Math.log10(size * (1 + 1e-9)) / 3) : 1;
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  const style = currency === "" ? {} : ({ style: "currency", currency } as const);
  return new Intl.NumberFormat(locale, {
    ...style,
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(digits, 6),
  }).format(value);
}

/** A civil moment: `23 Nov 2026` or `Nov 23, 2026`, with the clock when it has one. */
export function moment(text: string, locale: string): string {
  const style: Intl.DateTimeFormatOptions =
    text.length > 10 ? { dateStyle: "medium", timeStyle: "short" } : { dateStyle: "medium" };
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" }).format(position(text));
}

/** A period by its start: `2018`, `Aug 2018`, `week of 6 Aug 2018`, `6 Aug 2018`. */
export function period(start: number, unit: Unit, locale: string): string {
  switch (unit) {
    case "year":
      return String(new Date(start).getUTCFullYear());
    case "month":
      return new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" }).format(start);
    case "week":
      return `week of ${moment(momentAt(start), locale)}`;
    case "day":
      return moment(momentAt(start), locale);
    case "hour":
      return moment(momentAt(start, true), locale);
  }
}

/** A span of civil time in words: `1 Jan 2018 to 31 Mar 2018`, `since 1 Jan 2018`, `Aug 2018`. */
export function timeSpan(time: Time, locale: string): string {
  const { start, end } = time;
  if (start && end) {
    if (start === end) return moment(start, locale);
    const unit = wholeUnits(start, end);
    if (unit) {
      const [first, last] = [period(position(start), unit, locale), period(position(end), unit, locale)];
      return first === last ? first : `${first} to ${last}`;
    }
    return `${moment(start, locale)} to ${moment(end, locale)}`;
  }
  if (start) return `since ${moment(start, locale)}`;
  return end ? `until ${moment(end, locale)}` : "any time";
}

/** The period that a span is made of, when it begins and ends with whole ones. */
function wholeUnits(start: string, end: string): Unit | null {
  if (start.length > 10 || end.length > 10) return null;
  const after = momentAt(position(end) + 86_400_000);
  if (start.endsWith("-01-01") && after.endsWith("-01-01")) return "year";
  return start.endsWith("-01") && after.endsWith("-01") ? "month" : null;
}

/** What a dataset covers: `1 Jan 2018 to 8 Aug 2018`. */
export function stretch({ from, to }: { from: number; to: number }, locale: string): string {
  return timeSpan({ start: momentAt(from), end: momentAt(to - 1) }, locale);
}

/** An instant as a day in a zone. */
export function day(instant: string, zone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: zone }).format(new Date(instant));
}

/** An instant as day and clock in a zone; midnight is written as the day alone. */
export function instant(text: string, zone: string, locale: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: zone }).format(date);
  if (clock === "00:00") return day(text, zone, locale);
  const style: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short", timeZone: zone };
  return new Intl.DateTimeFormat(locale, style).format(date);
}

/** How a city's people write times, and on which clock. */
export interface Clock {
  zone: string;
  locale: string;
}

/** An instant of today as its clock alone: `12:04`; of another day with the day. */
export function lately(text: string, { zone, locale }: Clock, now = new Date()): string {
  if (day(text, zone, locale) !== day(now.toISOString(), zone, locale)) return instant(text, zone, locale);
  return new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone }).format(new Date(text));
}

/** A distance in the chosen units: `400 m`, `1.5 km`, `500 ft`, `1/4 mile`. */
export function distance(metres: number, units: Units, locale: string): string {
  if (units === "metric") {
    return metres < 1000 ? `${whole(metres, locale)} m` : `${brief(metres / 1000, locale)} km`;
  }
  const miles = metres / METRES_PER_MILE;
  const eighths = Math.round(miles * 8);
  const fraction = ["", "1/8", "1/4", "3/8", "1/2", "5/8", "3/4", "7/8"][eighths];
  if (fraction && Math.abs(miles * 8 - eighths) < 0.05) return `${fraction} mile`;
  if (metres < METRES_PER_MILE / 4) return `${whole(metres / METRES_PER_FOOT, locale)} ft`;
  const number = brief(miles, locale);
  return number === "1" ? "1 mile" : `${number} miles`;
}

/** Distances offered in a list, in metres, round in the chosen units. */
export function distances(units: Units): number[] {
  if (units === "metric") return [100, 200, 400, 800, 1500, 3000, 5000];
  return [1 / 8, 1 / 4, 1 / 2, 3 / 4, 1, 2, 3].map((miles) => miles * METRES_PER_MILE);
}

/** Rows for each square kilometre, or square mile. */
export function density(perKm2: number, units: Units): number {
  return units === "metric" ? perKm2 : perKm2 * KM2_PER_SQUARE_MILE;
}

/** What such a density is counted for. */
export function densityUnit(units: Units): string {
  return units === "metric" ? "per km²" : "per square mile";
}
