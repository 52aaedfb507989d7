/** A run as it goes on: asked for every second until it is over. */

import { think } from "../../api/think";
import type { Run } from "../../api/thinkTypes";
import { isOver } from "../words";

const EVERY_MS = 1_000;

export class Followed {
  run = $state.raw<Run | null>(null);
  error = $state.raw<Error | null>(null);
  /** Seconds until it is likely to be over; `null` while that cannot be told. */
  secondsLeft = $state<number | null>(null);

  #stop = new AbortController();

  /** Follow a run, or the run that a share link names, until `leave`. */
  follow(id: string, shared: boolean): void {
    this.leave();
    this.#stop = new AbortController();
    void this.#ask(id, shared, this.#stop.signal);
  }

  leave(): void {
    this.#stop.abort();
  }

  /** Take a newer state of the same run. */
  take(run: Run): void {
    this.run = run;
    this.secondsLeft = secondsLeft(run, Date.now());
  }

  async #ask(id: string, shared: boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const run = await (shared ? think.shared(id, signal) : think.run(id, signal));
        if (signal.aborted) return;
        this.error = null;
        this.take(run);
        if (isOver(run.state)) return;
      } catch (error) {
        if (signal.aborted) return;
        this.error = error instanceof Error ? error : new Error(String(error));
        // A server that restarts takes its runs up again: keep asking once there was an answer.
        if (!this.run) return;
      }
      await new Promise((resume) => setTimeout(resume, EVERY_MS));
    }
  }
}

/** Seconds left if it goes on as fast as so far; nothing is said from too little. */
export function secondsLeft(run: Run, now: number): number | null {
  if (run.state !== "running" || !run.started_at || run.progress < 5) return null;
  const spent = (now - Date.parse(run.started_at)) / 1000;
  return spent < 2 ? null : (spent * (100 - run.progress)) / run.progress;
}
