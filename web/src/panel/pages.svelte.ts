/** The rows of an answer, page by page, as far as somebody has scrolled. */

import type { Params } from "../api/client";
import { api, nextPage } from "../api/client";
import type { Feature } from "../api/types";

const PAGE = 200;

export class Pages {
  rows = $state.raw<Feature[]>([]);
  total = $state<number | null>(null);
  loading = $state(false);
  error = $state.raw<Error | null>(null);

  #dataset = "";
  #params: Params = [];
  #cursor: string | null = null;
  #stop = new AbortController();

  /** Begin anew with another question; the old rows stay until the first new ones are here. */
  open(dataset: string, params: Params): void {
    this.close();
    this.#stop = new AbortController();
    this.#dataset = dataset;
    this.#params = params;
    this.#cursor = null;
    this.error = null;
    void this.#fetch(true);
  }

  /** Fetch the next page, if there is one and none is on its way. */
  more(): void {
    if (!this.loading && this.#cursor !== null) void this.#fetch(false);
  }

  close(): void {
    this.#stop.abort();
    this.loading = false;
  }

  async #fetch(first: boolean): Promise<void> {
    const stop = this.#stop;
    this.loading = true;
    const page: Params = [
      ...this.#params,
      ["limit", String(PAGE)],
      ...(this.#cursor !== null ? ([["cursor", this.#cursor]] as const) : []),
    ];
    try {
      const items = await api.items(this.#dataset, page, stop.signal);
      if (stop.signal.aborted) return;
      this.rows = first ? items.features : [...this.rows, ...items.features];
      this.total = items.numberMatched;
      this.#cursor = nextPage(items);
    } catch (error) {
      if (stop.signal.aborted) return;
      this.error = error instanceof Error ? error : new Error(String(error));
      if (first) this.rows = [];
    }
    this.loading = false;
  }
}
