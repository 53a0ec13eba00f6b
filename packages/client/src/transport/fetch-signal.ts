/**
 * Returns the signal if the platform's `fetch` takes it. Under jsdom, `AbortController` is jsdom's and `fetch` is
 * Node's, which throws a TypeError. Without the signal, the caller stops waiting by itself.
 */
export function fetchSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (globalThis.Request === undefined) return signal;
  try {
    return signal && new Request("http://localhost", { signal }) && signal;
  } catch {
    return undefined;
  }
}
