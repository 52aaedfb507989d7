/** Schools by their names: those that begin like what was typed stand before those that hold it. */

import type { SchoolFeature } from "./types";

/** A text without capitals, accents and marks, so that `St. Mary's` is found as `st marys`. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f'’.]/g, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** As many schools as were asked for whose names hold every word, or whose id is the text. */
export function findSchools(schools: readonly SchoolFeature[], text: string, most: number): SchoolFeature[] {
  const words = folded(text).split(" ").filter((word) => word !== "");
  if (words.length === 0) return [];
  const ranked: { school: SchoolFeature; rank: number }[] = [];
  for (const school of schools) {
    const name = folded(school.properties.name);
    if (school.id === text.trim()) ranked.push({ school, rank: -1 });
    else if (words.every((word) => name.includes(word))) {
      const rank = name.startsWith(words.join(" ")) ? 0 : words.every((word) => ` ${name}`.includes(` ${word}`)) ? 1 : 2;
      ranked.push({ school, rank });
    }
  }
  return ranked
    .sort((a, b) => a.rank - b.rank || a.school.properties.name.localeCompare(b.school.properties.name))
    .slice(0, most)
    .map(({ school }) => school);
}
