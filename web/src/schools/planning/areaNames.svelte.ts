/** The names of a boundary dataset's areas, where an answer has only their codes. */

import { app } from "../../state/app.svelte";
import { load } from "../../state/load.svelte";
import { namesOf } from "../../think/areas";

export class AreaNames {
  readonly #names: ReturnType<typeof load<string, Record<string, string>>>;

  constructor(boundary: () => string | undefined) {
    this.#names = load(
      () => boundary() ?? null,
      async (id) => {
        const dataset = app.datasets.get(id);
        return dataset?.loaded ? namesOf(dataset) : {};
      },
    );
  }

  /** The name of an area, or its code while nothing else is known. */
  of(id: string): string {
    return this.#names.data?.[id] ?? id;
  }
}
