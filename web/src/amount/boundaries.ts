/** Which boundary set a table of areas speaks of: the one that has its codes. */

import { api } from "../api/client";
import type { City, Dataset } from "../api/types";

/** Boundary sets of more areas than this are not drawn as coloured areas. */
const MOST_AREAS = 5000;

/** One area of a table: its code, its name, and what it is a part of. */
export interface TableArea {
  id: string;
  name: string | null;
  parent: string | null;
}

export interface Match {
  /** Boundary sets with these areas, best first. */
  sets: string[];
  /** Codes of the best set. */
  codes: ReadonlySet<string>;
}

/** The sets whose codes are most of a table's areas, or that are covered whole by it; best first. */
export function bestSets(
  areas: readonly TableArea[],
  sets: readonly { dataset: string; codes: ReadonlySet<string> }[],
): Match {
  const scored = sets.map(({ dataset, codes }) => {
    const found = areas.filter(({ id }) => codes.has(id)).length;
    return { dataset, codes, found, covered: codes.size > 0 ? found / codes.size : 0 };
  });
  const fit = scored.filter(({ found, covered }) => found > 1 && (found >= areas.length / 2 || covered >= 0.9));
  fit.sort((a, b) => b.found - a.found || b.covered - a.covered);
  const [best] = fit;
  const equal = fit.filter(({ found, covered }) => found === best?.found && covered === best.covered);
  return { sets: equal.map(({ dataset }) => dataset), codes: best?.codes ?? new Set() };
}

/**
 * Areas of a table that may not be added to those of its boundary set: wholes that others are a part
 * of, and areas that lie elsewhere.
 *
 * What has no code but only a name, and is no whole (`Unknown`), is a part that cannot be placed: it
 * counts.
 */
export function beside(areas: readonly TableArea[], codes: ReadonlySet<string>): TableArea[] {
  if (!areas.some(({ id }) => codes.has(id))) return [];
  const wholes = new Set(areas.map(({ parent }) => parent).filter((parent) => parent !== null));
  return areas.filter(({ id, name }) => {
    if (codes.has(id)) return false;
    return wholes.has(name ?? id) || id !== name;
  });
}

const codesOf = new Map<string, Promise<ReadonlySet<string>>>();

/** The boundary sets of a city with their codes. */
export async function boundarySets(
  city: City,
  datasets: ReadonlyMap<string, Dataset>,
): Promise<{ dataset: string; codes: ReadonlySet<string> }[]> {
  const sets = city.boundaries.flatMap(({ dataset }) => {
    const stored = datasets.get(dataset);
    return stored?.loaded && stored.rows > 1 && stored.rows <= MOST_AREAS && stored.roles.key ? [stored] : [];
  });
  return Promise.all(sets.map(async (set) => ({ dataset: set.id, codes: await codes(set) })));
}

function codes({ id, version, roles }: Dataset): Promise<ReadonlySet<string>> {
  const name = `${id}@${version}`;
  let found = codesOf.get(name);
  if (!found) {
    const key = roles.key ?? "";
    found = api
      .aggregate(id, [["by", key], ["limit", "10000"]])
      .then(({ rows, groups }) => new Set(rows.map((row) => String(row[groups[0] ?? key]))));
    codesOf.set(name, found);
    found.catch(() => codesOf.delete(name));
  }
  return found;
}
