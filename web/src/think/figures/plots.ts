/** The figures of runs that Observable Plot draws. Loaded only when one is shown. */

import * as Plot from "@observablehq/plot";
import { tickStep, tickText } from "../../text/format";
import { signed } from "../words";
import type { Point } from "./columns";
import type { Step } from "./components";

export interface Line {
  /** Written at its end; without one, the line belongs to another. */
  label: string;
  colour: string;
  points: Point[];
  dashed?: boolean;
}

/** Where a value lies between two ends, by year: the band of 80 or 95 % of the draws. */
export interface Band {
  colour: string;
  level: 80 | 95;
  points: { year: number; low: number; high: number }[];
}

export interface LinePicture {
  kind: "lines";
  lines: Line[];
  bands: Band[];
  /** The last year that was observed: what is later is hatched as modelled. */
  observedTo: number | null;
  /** Years whose number is hidden: a hatch from 1 to 4, or through the whole height. */
  hidden: { year: number; small: boolean }[];
  /** The year that the page is at. */
  at: number | null;
  /** The axis begins at zero. */
  zero: boolean;
  height: number;
  /** The values are money: its code, `GBP`. */
  currency?: string;
}

export interface StepPicture {
  kind: "steps";
  steps: Step[];
  total: number;
}

export type Picture = LinePicture | StepPicture;

/** A figure as an SVG element, `width` pixels wide. */
export function draw(picture: Picture, width: number, locale: string): Element {
  const chart = picture.kind === "lines" ? lines(picture, width, locale) : steps(picture, width, locale);
  // Plot brings a style element; the page has the same rules in its own style sheet.
  chart.querySelectorAll("style").forEach((style) => style.remove());
  return chart;
}

const SMALL_NUMBERS = { from: 1, to: 4 };

function lines(picture: LinePicture, width: number, locale: string): Element {
  const { bands, observedTo, at, zero, height } = picture;
  const drawn = picture.lines.filter(({ points }) => points.length > 0);
  const points = drawn.flatMap(({ points: own }) => own);
  const values = [...points.map(({ value }) => value), ...bands.flatMap((band) => band.points.flatMap(({ low, high }) => [low, high]))];
  const years = [...points.map(({ year }) => year), ...picture.hidden.map(({ year }) => year)];
  const [first, last] = [Math.min(...years), Math.max(...years)];
  // A flat line at zero needs a scale of its own: one of small numbers.
  const flat = zero && values.every((value) => value === 0);
  const top = Math.max(...values, picture.hidden.length > 0 || flat ? SMALL_NUMBERS.to : -Infinity);
  const bottom = zero ? Math.min(0, ...values) : Math.min(...values);
  const spread = top - bottom || Math.abs(top) || 1;
  const domain: [number, number] = [zero && bottom === 0 ? 0 : bottom - 0.06 * spread, top + 0.08 * spread];
  const ends = drawn.flatMap(({ points: own, label, colour }) => {
    const end = own.at(-1);
    return end && label !== "" ? [{ ...end, label, colour }] : [];
  });
  const labels = apart(ends, domain[1] - domain[0], height);
  const named = ends.length > 1;
  const longest = named ? Math.max(...ends.map(({ label }) => label.length)) : 6;
  const room = Math.min(width * 0.36, longest * 6.6 + 14);
  const modelled = observedTo !== null && observedTo < last ? [{ from: Math.max(first, observedTo), to: last }] : [];
  /** Bars of hidden years stand beside the axis, not on it. */
  const beside = picture.hidden.length > 0 ? 0.5 : 0;
  const id = `hatch-${Math.random().toString(36).slice(2)}`;
  const [floor, ceiling] = domain;
  const ticks = height < 160 ? 3 : 5;
  const step = tickStep(floor, ceiling, ticks);
  const money = picture.currency ?? "";
  const [hiddenFirst] = picture.hidden.filter(({ small }) => small);
  return Plot.plot({
    width,
    height,
    marginLeft: 48,
    marginRight: named ? room : 52,
    marginTop: 20,
    marginBottom: 26,
    x: { domain: first === last ? [first - 1, last + 1] : [first - beside, last + beside], label: null, ticks: Math.max(2, Math.floor(width / 90)), tickFormat: (year: number) => (Number.isInteger(year) ? String(year) : "") },
    y: { domain, label: null, ticks, tickFormat: (value: number) => tickText(value, step, locale, money) },
    marks: [
      () => hatch(id),
      Plot.rect(modelled, { x1: "from", x2: "to", y1: floor, y2: ceiling, fill: `url(#${id})`, fillOpacity: 0.5 }),
      Plot.text(modelled, { x: "from", y: ceiling, text: () => "modelled →", textAnchor: "start", dx: 5, dy: 8, fill: "currentColor" }),
      Plot.gridY({ className: "rule", stroke: "currentColor", strokeOpacity: 0.18, ticks }),
      ...bands.map((band) =>
        Plot.areaY(band.points, { x: "year", y1: "low", y2: "high", fill: band.colour, fillOpacity: band.level === 95 ? 0.16 : 0.22 }),
      ),
      Plot.rect(
        picture.hidden.map(({ year, small }) => ({
          x1: year - 0.4,
          x2: year + 0.4,
          y1: small ? SMALL_NUMBERS.from : floor,
          y2: small ? SMALL_NUMBERS.to : ceiling,
        })),
        { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: `url(#${id})`, stroke: "currentColor", strokeWidth: 0.5 },
      ),
      Plot.text(hiddenFirst ? [hiddenFirst] : [], {
        x: ({ year }: { year: number }) => year - 0.4,
        y: SMALL_NUMBERS.to,
        text: () => "1–4",
        textAnchor: "start",
        dy: -7,
        fill: "currentColor",
      }),
      Plot.ruleX(at === null ? [] : [at], { stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "2,3" }),
      ...drawn.map((line) =>
        Plot.lineY(line.points, {
          x: "year",
          y: "value",
          stroke: line.colour,
          strokeWidth: 2,
          ...(line.dashed ? { strokeDasharray: "5,4" } : {}),
        }),
      ),
      Plot.dot(drawn.flatMap(({ points: own, colour }) => (own.length === 1 ? own.map((point) => ({ ...point, colour })) : [])), { x: "year", y: "value", fill: "colour", r: 3 }),
      Plot.text(labels, {
        x: "year",
        y: "at",
        text: (end: { label: string; value: number }) => (named ? end.label : near(end.value, locale, money)),
        textAnchor: "start",
        dx: 6,
        fill: named ? "colour" : "currentColor",
        className: named ? "" : "ink",
        fontWeight: 600,
      }),
    ],
  });
}

/** A number at the end of a line, to three digits. */
function near(value: number, locale: string, currency: string): string {
  const style = currency === "" ? {} : ({ style: "currency", currency } as const);
  return new Intl.NumberFormat(locale, { ...style, notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** Places for labels at the ends of lines so that none stands on another. */
function apart<T extends Point>(ends: readonly T[], span: number, height: number): (T & { at: number })[] {
  const least = (span * 14) / Math.max(height - 46, 1);
  let below = -Infinity;
  return ends
    .toSorted((a, b) => a.value - b.value)
    .map((end) => {
      const at = Math.max(end.value, below + least);
      below = at;
      return { ...end, at };
    });
}

/** A light hatch: what a model made, or what may not be shown. */
function hatch(id: string): SVGElement {
  const make = (name: string, attributes: Record<string, string>): SVGElement => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const defs = make("defs", {});
  const pattern = make("pattern", { id, width: "6", height: "6", patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(make("line", { x1: "0", y1: "0", x2: "0", y2: "6", stroke: "currentColor", "stroke-width": "1", "stroke-opacity": "0.35" }));
  defs.append(pattern);
  return defs;
}

/** Changes one after the other, from no change to the whole: each begins where the last one ended. */
function steps({ steps: given, total }: StepPicture, width: number, locale: string): Element {
  let reached = 0;
  const bars = given.map(({ label, people }) => {
    const from = reached;
    reached += people;
    return { label, from, to: reached, people, colour: people < 0 ? "var(--loss)" : "var(--gain)" };
  });
  const all = [...bars, { label: "Change", from: 0, to: total, people: total, colour: "var(--accent)" }];
  const ends = all.flatMap(({ from, to }) => [from, to]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const longest = Math.max(...all.map(({ label }) => label.length));
  const narrow = width < 480;
  const count = Math.max(2, Math.floor(width / 130));
  const step = tickStep(low, low === high ? low + 1 : high, count);
  return Plot.plot({
    width,
    height: all.length * (narrow ? 44 : 32) + 30,
    marginLeft: narrow ? 8 : longest * 6.7 + 14,
    marginRight: Math.max(...all.map(({ people }) => signed(people, locale).length)) * 7 + 10,
    marginTop: narrow ? 16 : 4,
    marginBottom: 26,
    x: { domain: [low, low === high ? low + 1 : high], label: null, ticks: count, tickFormat: (value: number) => (value === 0 ? "0" : signedTick(value, step, locale)) },
    y: { domain: all.map(({ label }) => label), label: null, axis: narrow ? null : "left", tickSize: 0 },
    marks: [
      Plot.gridX({ className: "rule", stroke: "currentColor", strokeOpacity: 0.18 }),
      Plot.barX(all, { x1: "from", x2: "to", y: "label", fill: "colour", insetTop: narrow ? 16 : 6, insetBottom: 4 }),
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.text(all, {
        x: (bar: { from: number; to: number }) => Math.max(bar.from, bar.to),
        y: "label",
        text: (bar: { people: number }) => signed(bar.people, locale),
        textAnchor: "start",
        dx: 5,
        dy: narrow ? 6 : 1,
        className: "ink",
        fill: "currentColor",
      }),
      ...(narrow
        ? [Plot.text(all, { x: () => low, y: "label", text: "label", textAnchor: "start", dy: -13, fill: "currentColor" })]
        : []),
    ],
  });
}

function signedTick(value: number, step: number, locale: string): string {
  return `${value < 0 ? "−" : "+"}${tickText(Math.abs(value), step, locale)}`;
}
