/** Where the lines of the drawing of the cities lie: one for each thing that is shared, as on the map
 * of a railway. All lengths are pixels of the screen. */

import type { Shared } from "../api/alliance";

export interface Flow {
  key: string;
  partner: string;
  direction: "given" | "received";
  /** The city the data are of, whose colour the line has. */
  city: string;
  title: string;
  what: string;
}

export interface DrawnFlow extends Flow {
  /** Its title and what may be done, broken into lines, and where each has its foot. */
  lines: { text: string; y: number }[];
  whats: { text: string; y: number }[];
  y: number;
}

export interface Station {
  partner: string;
  titleY: number;
  top: number;
  bottom: number;
  flows: DrawnFlow[];
}

export interface Drawing {
  height: number;
  stations: Station[];
}

const TITLE_PX = 34;
const LINE_PX = 18;
const WHAT_PX = 16;
const ABOVE_TRACK_PX = 11;
const BELOW_TRACK_PX = 20;
const AFTER_PX = 14;
const BETWEEN_PX = 18;
/** About how wide a letter of the titles is. */
const LETTER_PX = 7.1;
/** How many more letters of the smaller type stand in a line. */
const SMALLER = 1.18;
/** What the stations take on both sides. */
const SIDES_PX = 64;

/** One flow for each dataset that is shared now. */
export function flowsOf(shared: readonly Shared[]): Flow[] {
  return shared.flatMap(({ partner, direction, datasets, what, agreement }) =>
    datasets.map(({ id, title }) => ({
      key: `${agreement} ${id}`,
      partner,
      direction,
      city: id.split(".", 1)[0] ?? "",
      title,
      what: usesOf(what),
    })),
  );
}

/** What may be done, out of the sentence that says who may do it. */
function usesOf(what: readonly string[]): string {
  const first = what[0] ?? "";
  return (/\bmay (.*?)\.?$/.exec(first)?.[1] ?? first).replace(/^use it$/, "everything");
}

/** Lay flows out between one's own city on the left and each partner on the right. */
export function drawingOf(flows: readonly Flow[], width: number): Drawing {
  const letters = Math.max(12, Math.floor((width - SIDES_PX) / LETTER_PX));
  const stations: Station[] = [];
  let y = 0;
  for (const partner of new Set(flows.map((each) => each.partner))) {
    const titleY = y + 16;
    y += TITLE_PX;
    const top = y;
    y += 8;
    const drawn: DrawnFlow[] = [];
    for (const flow of flows.filter((each) => each.partner === partner)) {
      const texts = broken(flow.title, letters);
      const lines = texts.map((text, index) => ({ text, y: y + 14 + index * LINE_PX }));
      y += texts.length * LINE_PX + ABOVE_TRACK_PX;
      const track = y;
      const said = broken(flow.what, Math.floor(letters * SMALLER));
      const whats = said.map((text, index) => ({ text, y: track + BELOW_TRACK_PX + index * WHAT_PX }));
      drawn.push({ ...flow, lines, y: track, whats });
      y += BELOW_TRACK_PX + (said.length - 1) * WHAT_PX + AFTER_PX;
    }
    stations.push({ partner, titleY, top, bottom: y, flows: drawn });
    y += BETWEEN_PX;
  }
  return { height: Math.max(0, y - BETWEEN_PX + 2), stations };
}

/** Words in lines of so many letters at most; a longer word has a line of its own. */
export function broken(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
