import { setTimeout as sleep } from "node:timers/promises";
import { usageError } from "./cli-error.ts";

/** Lets sends through one at a time, evenly spaced, and holds all of them back after a 429. */
export interface SendPacer {
  /** Resolves when the next request may leave; rejects with the signal's reason. */
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

/** Makes a pacer with a burst of one: `intervalMs` between any two sends, over all workers. */
export function createSendPacer(intervalMs: number, clock: Clock = realClock): SendPacer {
  let nextAt = Number.NEGATIVE_INFINITY;
  let line: Promise<void> = Promise.resolve();

  async function pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // A hold that comes while somebody sleeps counts for the sleeper too.
    for (let wait = nextAt - clock.now(); wait > 0; wait = nextAt - clock.now()) {
      await clock.sleep(Math.ceil(wait), signal);
    }
    nextAt = clock.now() + intervalMs;
  }

  return {
    take(signal) {
      const turn = line.then(() => pass(signal));
      line = turn.catch(() => undefined);
      return turn;
    },
    hold(delayMs) {
      nextAt = Math.max(nextAt, clock.now() + delayMs);
    },
  };
}

/**
 * Reads `--rate`: `50/m`, `2/s`.
 *
 * @returns milliseconds between two sends; 0 without a rate.
 */
export function parseRate(text: string | undefined): number {
  if (text === undefined) return 0;
  const parts = /^(\d+(?:\.\d+)?)\/(s|m|h)$/.exec(text.trim());
  const count = Number(parts?.[1] ?? 0);
  if (parts === null || count <= 0) {
    throw usageError(`\`--rate\` is \`${text}\`. Give a number a second or a minute, such as 2/s or 50/m.`);
  }
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000 }[parts[2] as "s" | "m" | "h"];
  return unitMs / count;
}
