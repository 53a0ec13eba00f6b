import { setTimeout as sleep } from "node:timers/promises";

/** Rate limiter with evenly spaced sends; a 429 delays all of them. */
export interface RateLimiter {
  /**
   * Resolves when an attempt may be prepared; rejects with the signal's reason. A waiting row has started nothing, so
   * its timeout is not running.
   */
  begin(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when a prepared request may be sent; rejects with the signal's reason. The wait is short, because starts are
   * spaced already: it evens out different preparation times.
   */
  take(signal: AbortSignal): Promise<void>;
  /** Delays all starts and sends. */
  hold(delayMs: number): void;
}

/** A clock, which tests can replace. */
export interface Clock {
  now(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

const realClock: Clock = {
  now: () => performance.now(),
  sleep: (delayMs, signal) => sleep(delayMs, undefined, { signal }),
};

/** Creates a rate limiter with a burst of one: `intervalMs` between any two sends, over all workers. */
export function createRateLimiter(intervalMs: number, clock: Clock = realClock): RateLimiter {
  const [begins, sends] = [createGate(intervalMs, clock), createGate(intervalMs, clock)];
  return {
    begin: begins.pass,
    take: sends.pass,
    hold(delayMs) {
      begins.hold(delayMs);
      sends.hold(delayMs);
    },
  };
}

interface Gate {
  pass(signal: AbortSignal): Promise<void>;
  hold(delayMs: number): void;
}

function createGate(intervalMs: number, clock: Clock): Gate {
  let nextAt = Number.NEGATIVE_INFINITY;
  let line: Promise<void> = Promise.resolve();

  async function wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A pause that starts while a worker sleeps delays that worker too.
    for (let left = nextAt - clock.now(); left > 0; left = nextAt - clock.now()) {
      await clock.sleep(Math.ceil(left), signal);
    }
    nextAt = clock.now() + intervalMs;
  }

  return {
    pass(signal) {
      const turn = line.then(() => wait(signal));
      line = turn.catch(() => undefined);
      return turn;
    },
    hold(delayMs) {
      nextAt = Math.max(nextAt, clock.now() + delayMs);
    },
  };
}
