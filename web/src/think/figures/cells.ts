/** Cells of a table twin: words, or a number that is hidden and drawn as hidden. */

export interface Hidden {
  /** What stands on the hatch: `1–4`. */
  hidden: string;
  why: string;
}

export type Cell = string | Hidden;

/** A number from 1 to 4, which never leaves the node. */
export const SMALL: Hidden = { hidden: "1–4", why: "hidden: a number from 1 to 4" };

/** A number that would give a small one away. */
export const BESIDE_SMALL: Hidden = { hidden: "hidden", why: "hidden, so that a small number can’t be worked out" };
