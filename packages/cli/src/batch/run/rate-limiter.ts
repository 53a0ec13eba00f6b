import { setTimeout as sleep } from "node:timers/promises";

/** Lets sends through one at a time, evenly spaced, and holds all of them back after a 429. */
export interface RateLimiter {
  /**
   * Resolves when an attempt may be prepared; rejects with the signal's reason. Who waits here has begun nothing, so that
   * no time limit runs meanwhile.
   */
  begin(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when a request that was begun may leave; rejects with the signal's reason. The wait is short, because begins
   * are spaced already: it makes up for files and disks that took unequal time.
   */
  take(signal: AbortSignal): Promise<void>;
  /** Lets nothing through for a while. */
  hold(delayMs: number): void;
}

/** What time is, so that tests can bring their own. */
export interface Clock {
  now(): number;
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

const realClock: Clock = {
  now: () => performance.now(),
  sleep: (delayMs, signal) => sleep(delayMs, undefined, { signal }),
};

/** Makes a rateLimiter with a burst of one: `intervalMs` between any two sends, over all workers. */
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
    // A hold that comes while somebody sleeps counts for the sleeper too.
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
