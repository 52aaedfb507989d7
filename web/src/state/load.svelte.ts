/** Values that follow the state: fetched when their key changes, older answers thrown away. */

/** A value on its way. While a newer one is fetched the old one stays, so that nothing jumps. */
export class Loaded<T> {
  data = $state.raw<T | undefined>(undefined);
  error = $state.raw<Error | null>(null);
  loading = $state(false);
}

export interface LoadOptions {
  /** Wait until the key has rested so long. */
  delayMs?: number;
  /** Drop the old value as soon as the key changes: it would be wrong beside the new question. */
  fresh?: boolean;
}

/**
 * Keep a value fetched for a key; call it while a component is being set up.
 *
 * `key` reads the state; `null` means there is nothing to fetch. Keys are compared by content.
 */
export function load<K, T>(
  key: () => K | null,
  fetcher: (key: K, signal: AbortSignal) => Promise<T>,
  options: LoadOptions = {},
): Loaded<T> {
  const loaded = new Loaded<T>();
  const text = $derived(JSON.stringify(key()));

  $effect(() => {
    const wanted = JSON.parse(text) as K | null;
    if (wanted === null || options.fresh) loaded.data = undefined;
    loaded.error = null;
    loaded.loading = wanted !== null;
    if (wanted === null) return;
    const stop = new AbortController();
    const fetchNow = (): void => {
      if (stop.signal.aborted) return;
      fetcher(wanted, stop.signal).then(
        (data) => {
          if (stop.signal.aborted) return;
          loaded.data = data;
          loaded.loading = false;
        },
        (error: unknown) => {
          if (stop.signal.aborted) return;
          loaded.error = error instanceof Error ? error : new Error(String(error));
          loaded.data = undefined;
          loaded.loading = false;
        },
      );
    };
    // Without a delay the question leaves before the screen is painted: a picture may take its time.
    const timer = options.delayMs === undefined ? undefined : setTimeout(fetchNow, options.delayMs);
    if (timer === undefined) queueMicrotask(fetchNow);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  });

  return loaded;
}
