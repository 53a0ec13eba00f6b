import { describe, expect, it } from "vitest";
import { type Clock, createSendPacer, parseRate } from "./rate-limiter.ts";

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

describe(createSendPacer, () => {
  it("spaces sends evenly over all workers, without a burst", async () => {
    const clock = jumpingClock();
    const pacer = createSendPacer(1200, clock);
    const times: number[] = [];
    await Promise.all(Array.from({ length: 4 }, () => pacer.take(signal).then(() => times.push(clock.time))));
    expect(times).toEqual([0, 1200, 2400, 3600]);
  });

  it("holds everybody back, those who sleep already too", async () => {
    const clock = jumpingClock();
    const pacer = createSendPacer(100, clock);
    await pacer.take(signal);
    clock.during = () => pacer.hold(5000);
    const times: number[] = [];
    await Promise.all([1, 2].map(() => pacer.take(signal).then(() => times.push(clock.time))));
    expect(times).toEqual([5100, 5200]);
  });

  it("keeps sends apart that took unequal time since they were begun", async () => {
    const clock = jumpingClock();
    const pacer = createSendPacer(1000, clock);
    await pacer.begin(signal);
    await pacer.begin(signal);
    expect(clock.time).toBe(1000);
    // The first was slow, the second quick.
    clock.time = 1900;
    const times: number[] = [];
    await Promise.all([1, 2].map(() => pacer.take(signal).then(() => times.push(clock.time))));
    expect(times).toEqual([1900, 2900]);
  });

  it("holds back what is to begin as well", async () => {
    const clock = jumpingClock();
    const pacer = createSendPacer(0, clock);
    pacer.hold(700);
    await pacer.begin(signal);
    expect(clock.time).toBe(700);
  });

  it("lets the next one pass when one gives up", async () => {
    const pacer = createSendPacer(0, jumpingClock());
    await expect(pacer.take(AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
    await expect(pacer.take(signal)).resolves.toBeUndefined();
  });
});

describe(parseRate, () => {
  it.each([
    ["50/m", 1200],
    ["2/s", 500],
    ["0.5/s", 2000],
    [undefined, 0],
  ])("reads %s", (text, intervalMs) => {
    expect(parseRate(text)).toBe(intervalMs);
  });

  it.each(["0/s", "5", "5/d", "-1/s", "a/s"])("refuses %s", (text) => {
    expect(() => parseRate(text)).toThrow("--rate");
  });
});
