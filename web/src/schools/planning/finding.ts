/** Schools by what a person types of their names. */

import type { SchoolPoint } from "../../api/schoolsPlanning";

const MOST = 8;

/** Letters as they are compared: without case, accents and punctuation. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/[\u0300-\u036f'’.]/g, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/**
 * The schools whose name has every typed word at the beginning of one of its own, or whose id begins so.
 *
 * Those that begin with the whole text come first, then by name.
 */
export function findSchools(schools: readonly SchoolPoint[], text: string, most = MOST): SchoolPoint[] {
  const typed = plain(text);
  if (typed === "") return [];
  const words = typed.split(" ");
  const found = schools.flatMap((school) => {
    const name = plain(school.name);
    if (school.id.toLowerCase().startsWith(typed)) return [{ school, name, rank: 0 }];
    if (name.startsWith(typed)) return [{ school, name, rank: 1 }];
    const own = name.split(" ");
    return words.every((word) => own.some((each) => each.startsWith(word))) ? [{ school, name, rank: 2 }] : [];
  });
  return found
    .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ school }) => school);
}
