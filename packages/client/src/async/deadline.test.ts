import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startDeadline } from "./deadline.ts";
import { sleep } from "./sleep.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const reason = new Error("the user left");

describe(startDeadline, () => {
  it("ends a wait for a promise that never settles, and reports that time is up", async () => {
    const deadline = startDeadline(1000);
    const waiting = expect(deadline.race(new Promise(() => undefined))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(deadline.remainingMs()).toBe(1000);
    await vi.advanceTimersByTimeAsync(1000);
    await waiting;
    expect([deadline.isOver(), deadline.signal.aborted, deadline.remainingMs()]).toEqual([true, true, 0]);
  });

  it("passes the caller's reason, before and after the start", async () => {
    const controller = new AbortController();
    const deadline = startDeadline(1000, controller.signal);
    const sleeping = expect(sleep(deadline, 500)).rejects.toBe(reason);
    controller.abort(reason);
    await sleeping;
    expect(deadline.isOver()).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(deadline.isOver()).toBe(false);
    await expect(startDeadline(1000, controller.signal).race(1)).rejects.toBe(reason);
  });

  it("settles like the work it waits for, and leaves no timer behind", async () => {
    const deadline = startDeadline(1000);
    expect(await deadline.race(Promise.resolve(7))).toBe(7);
    await expect(deadline.race(Promise.reject(reason))).rejects.toBe(reason);
    const sleeping = sleep(deadline, 10);
    await vi.advanceTimersByTimeAsync(10);
    await sleeping;
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("adds no listener for the chunks of a response", async () => {
    const add = vi.spyOn(EventTarget.prototype, "addEventListener");
    const deadline = startDeadline(1000);
    for (let chunk = 0; chunk < 100; chunk++) await deadline.race(Promise.resolve(chunk));
    const { length } = add.mock.calls;
    add.mockRestore();
    deadline.end();
    expect(length).toBe(0);
  });
});
