/** The charts of the planning screens that Observable Plot draws. Loaded only when one is shown. */

import * as Plot from "@observablehq/plot";
import { brief, compact } from "../../text/format";
import type { Units } from "../../text/format";

export interface Scatter {
  points: { id: string; name: string; modelled: number; observed: number }[];
  /** What stands on the axes. */
  x: string;
  y: string;
  /** Points that are written out, by id. */
  named: readonly string[];
  /** Both axes begin at zero. */
  zero: boolean;
}

/** Modelled across, observed upwards, with the line where they are the same. */
export function scatter({ points, x, y, named: ids, zero }: Scatter, width: number, locale: string): Element {
  const values = points.flatMap(({ modelled, observed }) => [modelled, observed]);
  const low = Math.min(0, ...values);
  const high = Math.max(1, ...values);
  const room = (high - low) * 0.04;
  const domain: [number, number] = [zero || low === 0 ? low : low - room, high + room];
  /** To the right of it, names are written to the left. */
  const middle = domain[0] + 0.4 * (domain[1] - domain[0]);
  const side = Math.min(width, 460);
  const chosen = points.filter(({ id }) => ids.includes(id));
  const ticks = Math.max(3, Math.floor(side / 90));
  return bare(
    Plot.plot({
      width: side,
      height: side * 0.86,
      marginLeft: 48,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: { domain, label: null, ticks, tickFormat: (value: number) => compact(value, locale) },
      y: { domain, label: null, ticks, tickFormat: (value: number) => compact(value, locale) },
      marks: [
        Plot.gridX({ className: "rule", stroke: "currentColor", strokeOpacity: 0.14, ticks }),
        Plot.gridY({ className: "rule", stroke: "currentColor", strokeOpacity: 0.14, ticks }),
        Plot.line([[domain[0], domain[0]], [domain[1], domain[1]]], { stroke: "currentColor", strokeDasharray: "4,4" }),
        Plot.dot(points, { x: "modelled", y: "observed", r: points.length > 200 ? 2.2 : 3.5, fill: "var(--accent)", fillOpacity: 0.55, title: "name" }),
        Plot.dot(chosen, { x: "modelled", y: "observed", r: 5, stroke: "var(--ink)", strokeWidth: 1.5 }),
        ...named(chosen, middle, high - low).map(({ textAnchor, dy, points: some }) =>
          Plot.text(some, {
            x: "modelled",
            y: "observed",
            text: ({ name }: { name: string }) => shortened(name, Math.floor(side / 16)),
            textAnchor,
            dy,
            className: "ink",
            fill: "currentColor",
            stroke: "var(--paper)",
            strokeWidth: 3,
          }),
        ),
        Plot.text([y + " ↑"], { frameAnchor: "top-left", dx: -44, dy: -18, textAnchor: "start", fill: "currentColor" }),
        Plot.text([x + " →"], { frameAnchor: "bottom-right", dy: 34, textAnchor: "end", fill: "currentColor" }),
      ],
    }),
  );
}

function shortened(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name;
}

type Named = Scatter["points"][number];

/** Points by where their name stands: towards the middle, and below where another is just above. */
function named(points: readonly Named[], middle: number, spread: number): { textAnchor: "start" | "end"; dy: number; points: Named[] }[] {
  const near = 0.06 * spread;
  const isBelow = (point: Named): boolean => points.some((other) => {
    const over = other.observed - point.observed;
    return other.id !== point.id && over >= 0 && over < near && (over > 0 || other.id > point.id);
  });
  const kinds = [
    { textAnchor: "start", dy: -11, below: false },
    { textAnchor: "end", dy: -11, below: false },
    { textAnchor: "start", dy: 13, below: true },
    { textAnchor: "end", dy: 13, below: true },
  ] as const;
  return kinds.map(({ textAnchor, dy, below }) => ({
    textAnchor,
    dy,
    points: points.filter((point) => (point.modelled > middle ? "end" : "start") === textAnchor && isBelow(point) === below),
  }));
}

export interface DistanceClass {
  from_m: number;
  to_m: number | null;
  observed: number;
  modelled: number;
}

/** Pupils by the distance to their school: bars observed, a stepped line modelled. */
export function distances(classes: readonly DistanceClass[], width: number, locale: string, units: Units): Element {
  const unit = units === "metric" ? { metres: 1000, name: "km" } : { metres: 1609.344, name: "miles" };
  const step = (classes[0]?.to_m ?? 500) - (classes[0]?.from_m ?? 0);
  const ends = classes.map(({ from_m, to_m, observed, modelled }) => ({
    from: from_m / unit.metres,
    end: (to_m ?? from_m + step) / unit.metres,
    observed,
    modelled,
  }));
  const line = ends.flatMap(({ from, end, modelled }) => [{ at: from, modelled }, { at: end, modelled }]);
  const last = ends.at(-1)?.end ?? 1;
  return bare(
    Plot.plot({
      width,
      height: 340,
      marginLeft: 48,
      marginRight: 20,
      marginTop: 22,
      marginBottom: 30,
      x: { domain: [0, last], label: null, ticks: Math.max(3, Math.floor(width / 110)), tickFormat: (value: number) => (value === 0 ? "0" : `${brief(value, locale)} ${unit.name}`) },
      y: { zero: true, label: null, ticks: 4, tickFormat: (value: number) => compact(value, locale) },
      marks: [
        Plot.gridY({ className: "rule", stroke: "currentColor", strokeOpacity: 0.18, ticks: 4 }),
        Plot.rectY(ends, { x1: "from", x2: "end", y: "observed", fill: "var(--bar)", insetLeft: 0.5, insetRight: 0.5 }),
        Plot.line(line, { x: "at", y: "modelled", stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.ruleY([0], { stroke: "currentColor" }),
        Plot.text(ends.slice(Math.floor(ends.length / 3), Math.floor(ends.length / 3) + 1), { x: "end", y: "modelled", text: () => "modelled", textAnchor: "start", dx: 6, dy: -10, fill: "var(--accent)", fontWeight: 600 }),
      ],
    }),
  );
}

/** Plot brings a style element; the page has the same rules in its own style sheet. */
function bare(chart: Element): Element {
  chart.querySelectorAll("style").forEach((style) => style.remove());
  return chart;
}
