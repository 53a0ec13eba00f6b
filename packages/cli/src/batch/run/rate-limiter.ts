import type { System } from "../../journal/system.ts";

/** Rate limiter with evenly spaced sends; a 429 delays all of them. */
export interface RateLimiter {
  /**
   * Resolves when an attempt may be prepared; rejects with the signal's reason. A waiting row has started nothing, so
   * its timeout is not running.
   */
  acquireStart(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when a prepared request may be sent; rejects with the signal's reason. The wait is short, because starts are
   * spaced already: it evens out different preparation times.
   */
  acquireSend(signal: AbortSignal): Promise<void>;
  /** Delays all starts and sends. */
  pauseFor(delayMs: number): void;
}

/** A clock, which tests can replace. */
export interface Clock {
  now(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Returns the clock of a system that does not jump. */
export function steadyClock({ runtime, clock }: System): Clock {
  return { now: () => runtime.performance.now(), sleep: (delayMs, signal) => clock.sleep(delayMs, signal) };
}

/** Creates a rate limiter with a burst of one: `intervalMs` between any two sends, over all workers. */
export function createRateLimiter(intervalMs: number, clock: Clock): RateLimiter {
  const [starts, sends] = [createGate(intervalMs, clock), createGate(intervalMs, clock)];
  return {
    acquireStart: starts.acquire,
    acquireSend: sends.acquire,
    pauseFor(delayMs) {
      starts.pauseFor(delayMs);
      sends.pauseFor(delayMs);
    },
  };
}

interface Gate {
  acquire(signal: AbortSignal): Promise<void>;
  pauseFor(delayMs: number): void;
}

function createGate(intervalMs: number, clock: Clock): Gate {
  let nextAt = Number.NEGATIVE_INFINITY;
  let line: Promise<void> = Promise.resolve();

  async function wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A pause that starts while a worker sleeps delays that worker too.
    for (let remainingMs = nextAt - clock.now(); remainingMs > 0; remainingMs = nextAt - clock.now()) {
      await clock.sleep(Math.ceil(remainingMs), signal);
    }
    nextAt = clock.now() + intervalMs;
  }

  return {
    acquire(signal) {
      const slot = line.then(() => wait(signal));
      line = slot.catch(() => undefined);
      return slot;
    },
    pauseFor(delayMs) {
      nextAt = Math.max(nextAt, clock.now() + delayMs);
    },
  };
}
