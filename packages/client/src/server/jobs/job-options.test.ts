import { describe, expect, it } from "vitest";
import { checkJobOptions } from "./job-options.ts";
import { memoryJobStore } from "./job-store.ts";

const jobs = { store: memoryJobStore(), owner: () => "one" };

describe(checkJobOptions, () => {
  it.each([
    [{ store: undefined }, "`jobs.store` must be a job store, such as `memoryJobStore()`."],
    [{ waitUntil: 1 }, "`jobs.waitUntil` must be a function."],
    [{ ttlMs: "5" }, "`jobs.ttlMs` must be a finite number above 0."],
    [{ ttlMS: 5 }, "`jobs.ttlMS`"],
  ])("refuses %j", (wrong, message) => {
    expect(() => checkJobOptions({ ...jobs, ...wrong } as never)).toThrow(message);
  });

  it("accepts what is right, and none", () => {
    expect(() => checkJobOptions({ ...jobs, waitUntil: () => undefined, ttlMs: 5 })).not.toThrow();
    expect(() => checkJobOptions(undefined)).not.toThrow();
  });
});
