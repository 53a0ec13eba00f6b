/**
 * Calls a user hook without awaiting it. Errors that it throws or rejects with are ignored, so a broken logger cannot
 * lose a billed response.
 */
export function callHook<T>(hook: ((event: T) => unknown) | undefined, event: T): void {
  void (async () => hook?.(event))().catch(() => undefined);
}
