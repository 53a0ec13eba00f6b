/**
 * Calls a hook of the user's without waiting for it. What it throws, now or later, is dropped: an answer that was paid
 * for is not lost to a broken log line.
 */
export function callHook<T>(hook: ((event: T) => unknown) | undefined, event: T): void {
  void (async () => hook?.(event))().catch(() => undefined);
}
