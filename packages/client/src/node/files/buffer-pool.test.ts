import { expect, it } from "vitest";
import { createBufferPool } from "./buffer-pool.ts";

it("gives a returned buffer out again, to one user at a time, and keeps no more than it may", () => {
  const pool = createBufferPool(8, 1);
  const [a, b] = [pool.take(), pool.take()];
  expect(a.byteLength).toBe(8);
  expect(b).not.toBe(a);
  pool.give(a);
  pool.give(b);
  expect(pool.take()).toBe(a);
  expect([a, b]).not.toContain(pool.take());
});
