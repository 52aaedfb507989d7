/** Changes up and down as colours: RdBu with a marked middle (Brewer 2002). */

/** From the largest loss to the largest gain. */
export const RDBU: readonly string[] = [
  "#B2182B",
  "#EF8A62",
  "#FDDBC7",
  "#F7F7F7",
  "#D1E5F0",
  "#67A9CF",
  "#2166AC",
];

const SIDE = (RDBU.length - 1) / 2;

/** Values within this part of the largest are in the middle class: about no change. */
const MIDDLE = 0.05;

/**
 * Limits of the classes, the same on both sides of zero; empty when nothing changes.
 *
 * @returns as many as there are classes less one, ascending
 */
export function divergingLimits(values: readonly number[]): number[] {
  const most = values.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  if (most === 0) return [];
  const side = [MIDDLE, 1 / 3, 2 / 3].map((share) => Number((most * share).toPrecision(2)));
  return [...side.map((value) => -value).reverse(), ...side];
}

/** The colour of a change. */
export function divergingColour(value: number, limits: readonly number[]): string {
  if (limits.length === 0) return RDBU[SIDE] ?? "";
  let index = 0;
  for (const limit of limits) {
    // The middle class holds both its ends.
    if (limit < 0 ? value >= limit : value > limit) index += 1;
  }
  return RDBU[index] ?? "";
}
