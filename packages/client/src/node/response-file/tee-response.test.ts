import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { keepLiveAnswer } from "./tee-response.ts";

let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "retouch-live-"));
  path = join(folder, "answer");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const answer = Buffer.alloc(300_000, "an answer ");

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe(keepLiveAnswer, () => {
  it("has each piece in its file before it gives it", async () => {
    const kept = keepLiveAnswer(inChunks(answer, 65_536), path);
    let byteLength = 0;
    for await (const piece of kept.body) {
      byteLength += piece.length;
      expect((await readFile(path)).length).toBe(byteLength);
    }
    await kept.finish(1_000);
    expect(Buffer.from((await kept.rawBody?.()) ?? []).equals(answer)).toBe(true);
    expect(kept.problem).toBeUndefined();
  });

  it("writes what its reader left", async () => {
    const kept = keepLiveAnswer(inChunks(answer, 1_000), path);
    for await (const _ of kept.body) break;
    await kept.finish(1_000);
    expect((await readFile(path)).equals(answer)).toBe(true);
  });

  it("waits no longer than it was told for an answer that never ends, and closes the connection", async () => {
    let isClosed = false;
    const pieces = inChunks(answer, 100_000);
    const body = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const step = await pieces.next();
          return step.done ? new Promise<never>(() => undefined) : step;
        },
        async return() {
          isClosed = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const kept = keepLiveAnswer(body, path);
    await kept.body[Symbol.asyncIterator]().next();
    await kept.finish(20);
    expect((await readFile(path)).equals(answer)).toBe(true);
    expect(isClosed).toBe(true);
  });

  it("keeps what came before a cut, and throws its cause", async () => {
    const cause = new Error("cut");
    const kept = keepLiveAnswer(thenCut(answer, cause), path);
    await expect(readAll(kept.body)).rejects.toBe(cause);
    await kept.finish(1_000);
    expect((await readFile(path)).equals(answer)).toBe(true);
  });

  it("stops after `maxBytes`", async () => {
    const kept = keepLiveAnswer(inChunks(answer, 1_000), path, 5_000);
    await kept.finish(1_000);
    expect((await readFile(path)).length).toBe(6_000);
  });

  it("gives all of it when the file can not be written, and says so", async () => {
    // A device that is always full, where there is one; a path that can not be written elsewhere.
    for (const place of [join(folder, "missing", "answer"), existsSync("/dev/full") ? "/dev/full" : folder]) {
      const kept = keepLiveAnswer(inChunks(answer, 65_536), place);
      expect((await readAll(kept.body)).equals(answer)).toBe(true);
      await kept.finish(1_000);
      expect(kept.problem).toContain("could not be written");
      expect(kept.rawBody).toBeUndefined();
    }
  });
});
