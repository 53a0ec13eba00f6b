import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { catchQueueMutation, listQueueMutations, readQueueMutation } from "./queue-mutations.ts";

/** First of ten seeds that catch what few stories do; the first hundred catch the others. */
const later = new Map([
  ["call-a-failed-upload-saved", 111],
  ["close-the-rows-of-other-attempts", 134_941],
  ["forget-the-task-of-a-dead-worker", 511],
  ["forget-the-task-that-only-the-ledger-has", 33_091],
  ["forget-which-images-were-not-put", 105_621],
  ["keep-a-task-from-redis-on-a-full-disk", 251],
  ["leave-an-attempt-that-is-not-recorded", 631],
  ["miss-the-outbox-of-an-earlier-poll", 33_131],
  ["send-again-although-the-task-is-open", 161],
  ["take-a-broken-response-for-the-last", 37_411],
  ["take-the-task-of-another-attempt", 1261],
]);

describe(catchQueueMutation, () => {
  it("catches each mutation of the queue", async () => {
    const missed: string[] = [];
    for (const name of await listQueueMutations()) {
      const from = later.get(name);
      const caught = await catchQueueMutation(name, from ?? 1, from === undefined ? 100 : 10);
      if (caught === undefined) missed.push(name);
    }
    expect(missed).toEqual([]);
  });
});

describe(readQueueMutation, () => {
  it("has a place in the sources for every mutation", async () => {
    for (const name of await listQueueMutations()) {
      const { file, apply } = await readQueueMutation(name);
      const source = await readFile(new URL(`../../../${file}`, import.meta.url), "utf8");
      expect(apply(source), name).not.toBe(source);
    }
  });
});
