/** Civil time in a city's own clock, and the periods a time slider is cut into. */

import type { Time } from "./view";

export type Unit = "hour" | "day" | "week" | "month" | "year";

const DAY_MS = 86_400_000;
const CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * The clock in a zone at an instant, as `2018-03-01T14:30`.
 *
 * Text without an offset is a clock already, as the node writes periods; a day begins at 00:00.
 */
export function civil(instant: string | number, zone: string): string {
  if (typeof instant === "string" && DAY.test(instant)) return `${instant}T00:00`;
  if (typeof instant === "string" && CLOCK.test(instant)) return instant.slice(0, 16);
  const parts = new Intl.DateTimeFormat("en-CA-u-hc-h23", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(new Date(instant));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The day in a zone at an instant, as `2018-03-01`. */
export function civilDay(instant: string | number, zone: string): string {
  return civil(instant, zone).slice(0, 10);
}

/** Milliseconds of a civil moment read as if it were UTC: a scale without daylight-saving jumps. */
export function position(moment: string): number {
  return Date.parse(moment.length > 10 ? `${moment}:00Z` : `${moment}T00:00:00Z`);
}

/** The civil moment at such a position: a day, or a minute when `minutes` is asked for. */
export function momentAt(ms: number, minutes = false): string {
  return new Date(ms).toISOString().slice(0, minutes ? 16 : 10);
}

/** Where a span begins and ends on that scale; the end of a day is the start of the next. */
export function span(time: Time): [number, number] {
  const start = time.start ? position(time.start) : -Infinity;
  const end = time.end ? position(time.end) + (time.end.length > 10 ? 60_000 : DAY_MS) : Infinity;
  return [start, end];
}

/** An OGC interval, both ends included; the node reads days and clocks in the city's own zone. */
export function interval({ start, end }: Time): string {
  const last = end && end.length > 10 ? `${end}:59.999999` : end;
  return `${start ?? ".."}/${last ?? ".."}`;
}

/** A span of civil time from an OGC interval of instants. */
export function fromInterval(text: string, zone: string): Time | null {
  const [first = "", last = first] = text.split("/");
  const start = readEnd(first, zone, 0);
  // An end at midnight closes the day before it.
  const end = readEnd(last, zone, 1);
  return start || end ? { start, end } : null;
}

function readEnd(text: string, zone: string, back: 0 | 1): string | null {
  if (text === "" || text === "..") return null;
  if (DAY.test(text)) return text;
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) return null;
  const clock = civil(instant - back, zone);
  const whole = back ? clock.endsWith("T23:59") : clock.endsWith("T00:00");
  return whole ? clock.slice(0, 10) : clock;
}

/** The period that cuts so long a stretch into about 20 to 150 pieces. */
export function unitFor(from: number, to: number): Unit {
  const days = (to - from) / DAY_MS;
  if (days <= 4) return "hour";
  if (days <= 100) return "day";
  if (days <= 300) return "week";
  return days <= 15 * 366 ? "month" : "year";
}

/** The start of the period that holds a position; weeks begin on Monday. */
export function floorTo(ms: number, unit: Unit): number {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (unit) {
    case "hour":
      return ms - (((ms % 3_600_000) + 3_600_000) % 3_600_000);
    case "day":
      return Date.UTC(year, month, date.getUTCDate());
    case "week":
      return Date.UTC(year, month, date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    case "month":
      return Date.UTC(year, month, 1);
    case "year":
      return Date.UTC(year, 0, 1);
  }
}

/** The start of the period `count` periods later. */
export function step(ms: number, unit: Unit, count: number): number {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (unit) {
    case "hour":
      return ms + count * 3_600_000;
    case "day":
      return ms + count * DAY_MS;
    case "week":
      return ms + 7 * count * DAY_MS;
    case "month":
      return Date.UTC(year, month + count, 1);
    case "year":
      return Date.UTC(year + count, 0, 1);
  }
}

/** Starts of all periods that touch a stretch. */
export function periods(from: number, to: number, unit: Unit): number[] {
  const starts: number[] = [];
  for (let at = floorTo(from, unit); at <= to; at = step(at, unit, 1)) starts.push(at);
  return starts;
}
