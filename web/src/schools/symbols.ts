/** How a school is drawn: a shape and a colour for each phase, so that neither has to say it alone. */

import { OTHER } from "../map/colours";

export interface Phase {
  id: string;
  name: string;
  colour: string;
  /** An outline on a grid of 20 by 20, around its middle. */
  path: string;
}

const CIRCLE = "M10 2.500a7.500 7.500 0 1 1 0 15 7.500 7.500 0 0 1 0-15Z";
const SQUARE = "M3.500 3.500h13v13h-13Z";
const DIAMOND = "M10 1 19 10l-9 9-9-9Z";
const TRIANGLE = "M10 2 18.500 17h-17Z";
const UPSIDE_DOWN = "M10 18 1.500 3h17Z";
const HEXAGON = "M5.700 2.500h8.600L18.600 10l-4.300 7.500H5.700L1.400 10Z";
const SMALL_CIRCLE = "M10 5a5 5 0 1 1 0 10 5 5 0 0 1 0-10Z";
const CROSS = "M7.500 2.500h5v5h5v5h-5v5h-5v-5h-5v-5h5Z";

/** From the youngest pupils on; colours are Okabe and Ito's (2008). */
export const PHASES: readonly Phase[] = [
  { id: "nursery", name: "Nursery", colour: "#56B4E9", path: SMALL_CIRCLE },
  { id: "primary", name: "Primary", colour: "#0072B2", path: CIRCLE },
  { id: "middle", name: "Middle", colour: "#CC79A7", path: TRIANGLE },
  { id: "secondary", name: "Secondary", colour: "#D55E00", path: SQUARE },
  { id: "all-through", name: "All-through", colour: "#009E73", path: DIAMOND },
  { id: "16 plus", name: "16 plus", colour: "#8A7A00", path: UPSIDE_DOWN },
  { id: "special", name: "Special", colour: "#E69F00", path: HEXAGON },
  { id: "other", name: "Other", colour: OTHER, path: CROSS },
];

const LAST = PHASES[PHASES.length - 1] as Phase;

export function phaseOf(id: string): Phase {
  return PHASES.find((phase) => phase.id === id) ?? LAST;
}

/** Name of the image of a phase in a map. */
export function symbolName(phase: string): string {
  return `school-${phaseOf(phase).id}`;
}

export const HIDDEN_HATCH = "hatch-hidden";
export const MODELLED_HATCH = "hatch-modelled";

/** Pixels of an image for each pixel of the page. */
export const PIXEL_RATIO = 2;
const SIDE = 20;
const HATCH_SIDE = 8;

/** Every image that a map of schools uses, by name. */
export function images(dark: boolean): [string, ImageData][] {
  const edge = dark ? "#11161C" : "#FFFFFF";
  return [
    ...PHASES.map((phase): [string, ImageData] => [symbolName(phase.id), symbol(phase, edge)]),
    [HIDDEN_HATCH, hatch(dark ? "#E8EAED" : "#16202A", 1.1, "rising")],
    [MODELLED_HATCH, hatch(dark ? "#11161C" : "#FFFFFF", 1.1, "falling")],
  ];
}

function symbol({ colour, path }: Phase, edge: string): ImageData {
  const context = canvas(SIDE);
  const outline = new Path2D(path);
  context.lineJoin = "round";
  context.lineWidth = 2;
  context.strokeStyle = edge;
  context.fillStyle = colour;
  context.stroke(outline);
  context.fill(outline);
  return context.getImageData(0, 0, SIDE * PIXEL_RATIO, SIDE * PIXEL_RATIO);
}

/** Slanting lines that meet those of the next tile. */
function hatch(colour: string, width: number, slope: "rising" | "falling"): ImageData {
  const side = HATCH_SIDE;
  const context = canvas(side);
  context.strokeStyle = colour;
  context.lineWidth = width;
  for (const shift of [-side, 0, side]) {
    context.beginPath();
    context.moveTo(shift, slope === "rising" ? side : 0);
    context.lineTo(shift + side, slope === "rising" ? 0 : side);
    context.stroke();
  }
  return context.getImageData(0, 0, side * PIXEL_RATIO, side * PIXEL_RATIO);
}

function canvas(side: number): CanvasRenderingContext2D {
  const drawn = document.createElement("canvas");
  drawn.width = side * PIXEL_RATIO;
  drawn.height = side * PIXEL_RATIO;
  const context = drawn.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser draws no pictures.");
  context.scale(PIXEL_RATIO, PIXEL_RATIO);
  return context;
}
