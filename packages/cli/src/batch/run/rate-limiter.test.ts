import { describe, expect, it } from "vitest";
import { type Clock, createRateLimiter } from "./rate-limiter.ts";

/** A clock that jumps to the end of each sleep. */
function jumpingClock(): Clock & { time: number; during?: (() => void) | undefined } {
  return {
    time: 0,
    now() {
      return this.time;
    },
    async sleep(delayMs, signal) {
      signal.throwIfAborted();
      this.time += delayMs;
      this.during?.();
      this.during = undefined;
    },
  };
}
const { signal } = new AbortController();

describe(createRateLimiter, () => {
  it("spaces sends evenly over all workers, without a burst", async () => {
    const clock = jumpingClock();
    const rateLimiter = createRateLimiter(1200, clock);
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: 4 }, () => rateLimiter.acquireSend(signal).then(() => times.push(clock.time))),
    );
    expect(times).toEqual([0, 1200, 2400, 3600]);
  });

  it("delays all sends, also those already waiting", async () => {
    const clock = jumpingClock();
    const rateLimiter = createRateLimiter(100, clock);
    await rateLimiter.acquireSend(signal);
    clock.during = () => rateLimiter.pauseFor(5000);
    const times: number[] = [];
    await Promise.all([1, 2].map(() => rateLimiter.acquireSend(signal).then(() => times.push(clock.time))));
    expect(times).toEqual([5100, 5200]);
  });

  it("spaces sends that were prepared in unequal time", async () => {
    const clock = jumpingClock();
    const rateLimiter = createRateLimiter(1000, clock);
    await rateLimiter.acquireStart(signal);
    await rateLimiter.acquireStart(signal);
    expect(clock.time).toBe(1000);
    // The first was slow, the second quick.
    clock.time = 1900;
    const times: number[] = [];
    await Promise.all([1, 2].map(() => rateLimiter.acquireSend(signal).then(() => times.push(clock.time))));
    expect(times).toEqual([1900, 2900]);
  });

  it("delays starts too", async () => {
    const clock = jumpingClock();
    const rateLimiter = createRateLimiter(0, clock);
    rateLimiter.pauseFor(700);
    await rateLimiter.acquireStart(signal);
    expect(clock.time).toBe(700);
  });

  it("lets the next one proceed when one is aborted", async () => {
    const rateLimiter = createRateLimiter(0, jumpingClock());
    await expect(rateLimiter.acquireSend(AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
    await expect(rateLimiter.acquireSend(signal)).resolves.toBeUndefined();
  });
});
