import { ProxyError } from "../proxy-error.ts";

/** Deduplicates attempts: a form that may have been billed is never forwarded twice. */
export interface AttemptDeduplicator {
  /**
   * Adds an attempt before it is forwarded; `delete` removes it once it certainly produced no image.
   *
   * @throws ProxyError 409 (`unknown`) for an attempt that was added before.
   */
  add(id: string | null): { delete(): void };
}

/** Longer than any edit, and than any browser's automatic retry. */
const ttlMs = 15 * 60_000;
const maxAttempts = 10_000;

/**
 * Creates the deduplicator of one handler. Browsers automatically post a form again, unseen by the page, when a reused
 * connection breaks; the copy carries the same id.
 */
export function createAttemptDeduplicator(now: () => number = Date.now): AttemptDeduplicator {
  const attempts = new Map<string, number>();
  return {
    add(id) {
      if (id === null || !/^[\w-]{8,64}$/.test(id)) return { delete: () => undefined };
      const time = now();
      // In insertion order, so the oldest come first.
      for (const [old, at] of attempts) {
        if (time - at < ttlMs && attempts.size < maxAttempts) break;
        attempts.delete(old);
      }
      if (attempts.has(id)) {
        throw new ProxyError(
          409,
          "duplicate_attempt",
          "The browser sent this edit again automatically after its connection broke. The first attempt may have been billed; the second was not forwarded.",
          { outcome: "unknown" },
        );
      }
      attempts.set(id, time);
      return { delete: () => void attempts.delete(id) };
    },
  };
}
