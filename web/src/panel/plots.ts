/** The charts, drawn by Observable Plot. Loaded only when a chart is opened. */

import * as Plot from "@observablehq/plot";
import type { Unit } from "../state/time";
import { step } from "../state/time";
import { compact, share } from "../text/format";
import { calm } from "../text/words";
import type { CategoryBar, TimePoint, Tone } from "./findings";
import { figure } from "./findings";

export type ChartSpec =
  | { kind: "time"; points: TimePoint[]; unit: Unit; colour: string; tone: Tone }
  | { kind: "category"; bars: CategoryBar[]; total: number; colour: string; tone: Tone };

const LABEL_MAX = 26;

/** A chart as an SVG element, `width` pixels wide. */
export function draw(spec: ChartSpec, width: number, locale: string): Element {
  const chart = spec.kind === "time" ? timeChart(spec, width, locale) : categoryChart(spec, width, locale);
  // Plot brings a style element; the page has the same rules in its own style sheet.
  chart.querySelectorAll("style").forEach((style) => style.remove());
  return chart;
}

function timeChart(spec: Extract<ChartSpec, { kind: "time" }>, width: number, locale: string): Element {
  const { points, unit, colour, tone } = spec;
  const most = points.reduce((best, point) => (point.count > best.count ? point : best));
  const bars = points.map((point) => ({
    ...point,
    from: new Date(point.start),
    to: new Date(step(point.start, unit, 1)),
  }));
  const top = bars.filter(({ start }) => start === most.start);
  return Plot.plot({
    width,
    height: 190,
    marginLeft: 44,
    marginRight: 12,
    marginTop: 22,
    marginBottom: 26,
    x: { type: "utc", label: null, ticks: Math.max(3, Math.floor(width / 90)) },
    y: { label: null, ticks: 4, tickFormat: (value: number) => compact(value, locale), zero: true },
    marks: [
      Plot.gridY({ className: "rule", stroke: "currentColor", strokeOpacity: 0.18, ticks: 4 }),
      Plot.rectY(bars, {
        x1: "from",
        x2: "to",
        y: "count",
        insetLeft: 0.5,
        insetRight: 0.5,
        fill: colour,
        fillOpacity: (bar: TimePoint) => (bar.partial ? 0.4 : 1),
        title: (bar: TimePoint) => figure(bar.count, tone, locale),
      }),
      Plot.ruleY([0], { stroke: "currentColor" }),
      Plot.text(top, {
        x: (bar: { from: Date; to: Date }) => new Date((bar.from.getTime() + bar.to.getTime()) / 2),
        y: "count",
        text: (bar: TimePoint) => figure(bar.count, tone, locale),
        dy: -9,
        className: "ink",
        fill: "currentColor",
        fontWeight: 600,
      }),
    ],
  });
}

function categoryChart(
  { bars, total, colour, tone }: Extract<ChartSpec, { kind: "category" }>,
  width: number,
  locale: string,
): Element {
  const named = bars.map((bar) => ({ ...bar, name: shorten(calm(bar.value)) }));
  const numbers = Math.max(...named.map(({ count }) => figure(count, tone, locale).length));
  const longest = Math.max(...named.map(({ name }) => name.length));
  return Plot.plot({
    width,
    height: named.length * 26 + 8,
    marginLeft: Math.min(longest * 6.6 + 10, width * 0.44),
    marginRight: Math.max(92, 7 * numbers + 44),
    marginTop: 2,
    marginBottom: 6,
    x: { axis: null, zero: true },
    y: { label: null, domain: bars.map(({ value }) => value), tickSize: 0, tickFormat: (value: string) => shorten(calm(value)) },
    marks: [
      Plot.barX(named, { x: "count", y: "value", fill: colour, insetTop: 3, insetBottom: 3, title: "value" }),
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.text(named, {
        x: "count",
        y: "value",
        text: (bar: CategoryBar) => {
          const number = figure(bar.count, tone, locale);
          return tone.averaged ? number : `${number} · ${share(bar.count, total, locale)}`;
        },
        textAnchor: "start",
        dx: 6,
        className: "ink",
        fill: "currentColor",
      }),
    ],
  });
}

function shorten(text: string): string {
  return text.length > LABEL_MAX ? `${text.slice(0, LABEL_MAX - 1)}…` : text;
}
