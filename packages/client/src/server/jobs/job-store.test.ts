import { afterEach, describe, expect, it, vi } from "vitest";
import { type Job, memoryJobStore } from "./job-store.ts";

afterEach(() => void vi.useRealTimers());

const job = (id: string, more: Partial<Job> = {}): Job => {
  return { id, owner: "o", status: "accepted", expiresAt: Date.now() + 1000, leaseUntil: 0, ...more };
};

describe(memoryJobStore, () => {
  it("adds a job once, and keeps its body when the job is replaced", async () => {
    vi.useFakeTimers();
    const store = memoryJobStore();
    expect([await store.add(job("a")), await store.add(job("a"))]).toEqual([true, false]);
    expect([await store.get("a"), await store.getBody("a")]).toEqual([job("a"), undefined]);
    await store.put(job("a", { status: "done" }), new Uint8Array([1]));
    await store.put(job("a", { status: "done", leaseUntil: 5 }));
    expect(await store.get("a")).toMatchObject({ status: "done", leaseUntil: 5 });
    expect(await store.getBody("a")).toEqual(new Uint8Array([1]));
    await store.delete("a");
    expect([await store.get("a"), await store.getBody("a")]).toEqual([undefined, undefined]);
    await store.put(job("new"));
    expect(await store.get("new")).toMatchObject({ id: "new" });
  });

  it("removes what has expired with the next job", async () => {
    vi.useFakeTimers();
    const store = memoryJobStore();
    await store.add(job("old", { expiresAt: Date.now() + 10 }));
    vi.advanceTimersByTime(9);
    await store.add(job("b"));
    expect(await store.get("old")).toBeDefined();
    vi.advanceTimersByTime(1);
    await store.add(job("c"));
    expect([await store.get("old"), await store.get("b")]).toEqual([undefined, expect.anything()]);
  });
});
