import { ProxyError } from "../proxy-error.ts";

/** Attempts that may have been billed, so that none of them is sent on a second time. */
export interface AttemptDeduplicator {
  /**
   * Notes an attempt before it is sent on; `forget` takes it back once it certainly made no picture.
   *
   * @throws Refusal 409 (`unknown`) for an attempt that was noted before.
   */
  add(id: string | null): { delete(): void };
}

/** Long enough for any edit, and any browser that tries again behind the page's back. */
const ttlMs = 15 * 60_000;
const maxAttempts = 10_000;

/**
 * Creates the memory of one handler. Browsers post a form again by themselves, unseen by the page, when a connection
 * that was used before breaks under it; such a copy carries the same id.
 */
export function createAttemptDeduplicator(now: () => number = Date.now): AttemptDeduplicator {
  const noted = new Map<string, number>();
  return {
    add(id) {
      if (id === null || !/^[\w-]{8,64}$/.test(id)) return { delete: () => undefined };
      const time = now();
      // In the order they came, so the old ones stand first.
      for (const [old, at] of noted) {
        if (time - at < ttlMs && noted.size < maxAttempts) break;
        noted.delete(old);
      }
      if (noted.has(id)) {
        throw new ProxyError(
          409,
          "duplicate_attempt",
          "The browser sent this edit a second time by itself, after its connection broke. The first may have been billed; the second was not sent on.",
          { outcome: "unknown" },
        );
      }
      noted.set(id, time);
      return { delete: () => void noted.delete(id) };
    },
  };
}
