/** What other nodes and people change while one looks: fetched again and again, and kept when a
 * fetch fails, so that nothing on the screen jumps. */

import { load } from "../state/load.svelte";
import { me } from "../state/me.svelte";

export class Following<T> {
  data = $state.raw<T | undefined>(undefined);
  /** Why the last fetch failed. */
  error = $state.raw<Error | null>(null);
  asked = $state(0);

  /** Fetch it now. */
  again(): void {
    this.asked += 1;
  }

  /** Take over what is newer than the last fetch, and than one that is under way. */
  take(newer: T): void {
    this.data = newer;
    this.again();
  }
}

/**
 * Keep a value that changes elsewhere; call it while a component is being set up.
 *
 * It is fetched anew when the key changes or somebody signs in, and every so often while the page
 * is looked at; `everyMs` of `null` is not again.
 */
export function follow<K, T>(
  key: () => K,
  fetcher: (key: K, signal: AbortSignal) => Promise<T>,
  everyMs: (data: T | undefined) => number | null,
): Following<T> {
  const following = new Following<T>();
  const loaded = load(
    () => ({ key: key(), who: me.account?.id ?? "", asked: following.asked }),
    (wanted, signal) => fetcher(wanted.key, signal),
  );

  $effect(() => {
    if (loaded.data !== undefined) following.data = loaded.data;
  });
  $effect(() => {
    if (!loaded.loading) following.error = loaded.error;
  });
  const wait = $derived(everyMs(following.data));
  $effect(() => {
    if (wait === null) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && !me.rests) following.again();
    }, wait);
    return () => clearInterval(timer);
  });

  return following;
}
