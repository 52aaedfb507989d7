/** Data colours: categories (Okabe and Ito 2008) and the sequential scale (viridis). */

/** Strongest on both papers first; yellow is left out, since it is lost on light paper. */
export const PALETTE: readonly string[] = [
  "#D55E00",
  "#0072B2",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#8A7A00",
];

/** Every category that has no colour of its own. */
export const OTHER = "#8A9299";

/** Categories that get a colour of their own. */
export const CATEGORY_LIMIT = PALETTE.length;

/** Five classes of viridis, from few to many; the yellow end is kept off light paper's white. */
export const VIRIDIS: readonly string[] = ["#440154", "#3B528B", "#21918C", "#5EC962", "#FDE725"];

/** Red, green, blue of a `#RRGGBB` colour. */
export function rgb(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * Upper limits of all classes but the last, so that each class holds about as many cells.
 *
 * Limits are rounded to two digits, and equal ones fall together: there may be fewer classes.
 */
export function quantileLimits(values: readonly number[], classes = VIRIDIS.length): number[] {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const limits: number[] = [];
  for (let i = 1; i < classes; i += 1) {
    const value = sorted[Math.floor((i / classes) * sorted.length)] ?? 0;
    const rounded = Number(value.toPrecision(2));
    if (rounded > (limits.at(-1) ?? 0) && rounded < (sorted.at(-1) ?? 0)) limits.push(rounded);
  }
  return limits;
}

/** Class of a value, counted from 0; a value equal to a limit is in the class above it. */
export function classOf(value: number, limits: readonly number[]): number {
  let index = 0;
  while (index < limits.length && value >= (limits[index] ?? Infinity)) index += 1;
  return index;
}

/** Colour of each class when there are so many: the whole scale, whatever their number. */
export function classColours(classes: number): string[] {
  if (classes <= 1) return [VIRIDIS[2] ?? ""];
  return Array.from({ length: classes }, (_, i) => {
    const at = Math.round((i / (classes - 1)) * (VIRIDIS.length - 1));
    return VIRIDIS[at] ?? "";
  });
}
