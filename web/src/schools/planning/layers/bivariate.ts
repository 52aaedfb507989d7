/** Two numbers of an area as one colour: three classes of each, nine colours (Stevens 2015, scheme 2). */

/** Colours by class: `NINE[b][a]`, `a` from left to right (teal), `b` from below upwards (purple). */
export const NINE: readonly (readonly string[])[] = [
  ["#E8E8E8", "#ACE4E4", "#5AC8C8"],
  ["#DFB0D6", "#A5ADD3", "#5698B9"],
  ["#BE64AC", "#8C62AA", "#3B4994"],
];

export const LEVELS = ["low", "middle", "high"] as const;

export interface Cell {
  id: string;
  a: number | null;
  b: number | null;
}

/** The colour of a pair of classes, 0 to 2 each; `null` when one of them is not known. */
export function pairColour(a: number | null, b: number | null): string | null {
  if (a === null || b === null) return null;
  return NINE[b]?.[a] ?? null;
}

/** Areas by their colour; those with a class that is not known are left out. */
export function pairColours(cells: readonly Cell[]): Map<string, string> {
  return new Map(
    cells.flatMap(({ id, a, b }) => {
      const colour = pairColour(a, b);
      return colour === null ? [] : [[id, colour] as const];
    }),
  );
}

/** How many areas there are of each pair: `counts[b][a]`. */
export function pairCounts(cells: readonly Cell[]): number[][] {
  const counts = NINE.map((row) => row.map(() => 0));
  for (const { a, b } of cells) {
    const row = b === null ? undefined : counts[b];
    if (a !== null && row?.[a] !== undefined) row[a] = (row[a] ?? 0) + 1;
  }
  return counts;
}

/** A pair of classes in words: `high in poverty, low in children`. */
export function pairWords(a: number | null, b: number | null, titles: readonly [string, string]): string {
  const word = (level: number | null, title: string): string =>
    level === null ? `${title} not known` : `${LEVELS[level] ?? "unknown"} in ${title}`;
  return `${word(a, titles[0])}, ${word(b, titles[1])}`;
}
