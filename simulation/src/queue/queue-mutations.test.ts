import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { catchQueueMutation, listQueueMutations, readQueueMutation } from "./queue-mutations.ts";

describe(catchQueueMutation, () => {
  it("catches each mutation of the queue", async () => {
    const missed: string[] = [];
    for (const name of await listQueueMutations())
      if ((await catchQueueMutation(name, 100)) === undefined) missed.push(name);
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
