/** Printing: paper is white, so a sheet is of the light set, and its maps are drawn so before it is made. */

import { flushSync, tick } from "svelte";
import { app } from "../state/app.svelte";

/** Each gives a promise that a picture is drawn as the page has it now. */
const pictures = new Set<() => Promise<unknown>>();

/** A map that has not come by then is printed as it is. */
const PATIENCE_MS = 8_000;

let begun = false;

/** Let no sheet be made before a picture is drawn; gives what takes that back. */
export function awaitPicture(drawn: () => Promise<unknown>): () => void {
  pictures.add(drawn);
  return () => pictures.delete(drawn);
}

/** Print the page. */
export async function printSheet(): Promise<void> {
  app.printing = true;
  await tick();
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([Promise.all([...pictures].map((drawn) => drawn())), late]);
  begun = false;
  window.print();
  // A browser that does not print says nothing of an end either.
  if (!begun) app.printing = false;
}

/** Make sheets of whatever way the person prints: by the browser's menu, all that can be done at once is. */
export function followPrinting(): void {
  addEventListener("beforeprint", () => {
    begun = true;
    flushSync(() => (app.printing = true));
  });
  addEventListener("afterprint", () => (app.printing = false));
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "p" || event.altKey || event.shiftKey || event.ctrlKey === event.metaKey) return;
    event.preventDefault();
    void printSheet();
  });
}
