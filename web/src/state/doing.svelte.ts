/** One thing that a person had done: whether it is under way, and what went wrong. */

import { ApiError } from "../api/client";
import { app } from "./app.svelte";

export class Doing {
  busy = $state(false);
  failure = $state.raw<Error | null>(null);

  /**
   * Do it, unless it is under way already; gives whether it was done.
   *
   * `said` is what a screen reader is told then.
   */
  async run(work: () => Promise<unknown>, said = ""): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      await work();
      if (said !== "") app.announce(said);
      return true;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What is said against one part of what was sent; empty when nothing is. */
  against(part: string): string {
    return this.failure instanceof ApiError && this.failure.part === part ? this.failure.message : "";
  }
}
