/**
 * Returns the signal if the platform's `fetch` takes it. Under jsdom, `AbortController` is jsdom's and `fetch` is
 * Node's, which throws a TypeError. Without the signal, the caller stops waiting by itself.
 */
export function fetchSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  const { Request } = globalThis;
  if (Request === undefined || signal === undefined) return signal;
  const kind = signal.constructor;
  // Once for each class of signals: a `Request` that follows a signal takes 1 % of a small edit.
  if (known?.Request !== Request || known.kind !== kind)
    known = { Request, kind, isAccepted: accepts(signal) };
  return known.isAccepted ? signal : undefined;
}

let known: { readonly Request: unknown; readonly kind: unknown; readonly isAccepted: boolean } | undefined;

function accepts(signal: AbortSignal): boolean {
  try {
    return Boolean(new Request("http://localhost", { signal }));
  } catch {
    return false;
  }
}
