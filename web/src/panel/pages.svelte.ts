/** The rows of an answer, page by page, as far as somebody has scrolled. */

import type { Params } from "../api/client";
import { api } from "../api/client";
import type { Feature, Items } from "../api/types";

const PAGE = 200;

export class Pages {
  rows = $state.raw<Feature[]>([]);
  total = $state<number | null>(null);
  loading = $state(false);
  error = $state.raw<Error | null>(null);

  #last: Items | null = null;
  #stop = new AbortController();

  /** Begin anew with another question; the old rows stay until the first new ones are here. */
  open(dataset: string, params: Params): void {
    this.close();
    this.#stop = new AbortController();
    this.#last = null;
    this.error = null;
    void this.#take(api.items(dataset, [...params, ["limit", String(PAGE)]], this.#stop.signal), true);
  }

  /** Fetch the next page, if there is one and none is on its way. */
  more(): void {
    const last = this.#last;
    if (this.loading || !last?.links.some(({ rel }) => rel === "next")) return;
    void this.#take(api.nextItems(last, this.#stop.signal), false);
  }

  close(): void {
    this.#stop.abort();
    this.loading = false;
  }

  async #take(page: Promise<Items | null>, first: boolean): Promise<void> {
    const stop = this.#stop;
    this.loading = true;
    try {
      const items = await page;
      if (stop.signal.aborted || !items) return;
      this.rows = first ? items.features : [...this.rows, ...items.features];
      this.total = items.numberMatched;
      this.#last = items;
    } catch (error) {
      if (stop.signal.aborted) return;
      this.error = error instanceof Error ? error : new Error(String(error));
      if (first) this.rows = [];
    }
    this.loading = false;
  }
}
