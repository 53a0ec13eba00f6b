import { describe, expect, it } from "vitest";
import { closeWhenIdle } from "./close-when-idle.ts";

const never = new Promise<void>(() => undefined);

/** Starts to close a worker with these rows running; `look` lets its next look come. */
function start(close: () => Promise<void>, rows: { running: number }) {
  let look = (): void => undefined;
  let isStopped = false;
  let isClosed = false;
  const every = (_: number, work: () => void) => {
    look = work;
    return () => {
      isStopped = true;
    };
  };
  const closing = closeWhenIdle({ close }, () => rows.running, never, { every }).then(() => {
    isClosed = true;
  });
  const isOver = async (): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve));
    return isClosed;
  };
  return { closing, isOver, look: () => look(), isStopped: () => isStopped };
}

describe(closeWhenIdle, () => {
  it("goes on once nothing has run for ten looks, where BullMQ never ends", async () => {
    const rows = { running: 1 };
    const { closing, isOver, look, isStopped } = start(() => never, rows);
    for (let count = 0; count < 30; count++) look();
    expect(await isOver()).toBe(false);
    rows.running = 0;
    for (let count = 0; count < 9; count++) look();
    // A row that BullMQ had taken already.
    rows.running = 1;
    look();
    rows.running = 0;
    for (let count = 0; count < 9; count++) look();
    expect(await isOver()).toBe(false);
    look();
    await closing;
    expect(isStopped()).toBe(true);
  });

  it("ends with BullMQ, and looks no more", async () => {
    const { closing, isStopped } = start(async () => undefined, { running: 0 });
    await closing;
    expect(isStopped()).toBe(true);
  });
});
