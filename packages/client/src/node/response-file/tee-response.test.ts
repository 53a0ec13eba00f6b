import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { teeResponse } from "./tee-response.ts";

let directory = "";
let path = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-live-"));
  path = join(directory, "response");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const response = Buffer.alloc(300_000, "a response ");

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe(teeResponse, () => {
  it("writes each chunk to its file before it yields it", async () => {
    const saved = teeResponse(inChunks(response, 65_536), path);
    let byteLength = 0;
    for await (const chunk of saved.body) {
      byteLength += chunk.length;
      expect((await readFile(path)).length).toBe(byteLength);
    }
    await saved.finish(1_000);
    expect(Buffer.from((await saved.rawBody?.()) ?? []).equals(response)).toBe(true);
    expect(saved.problem).toBeUndefined();
  });

  it("writes what its reader did not read", async () => {
    const saved = teeResponse(inChunks(response, 1_000), path);
    for await (const _ of saved.body) break;
    await saved.finish(1_000);
    expect((await readFile(path)).equals(response)).toBe(true);
  });

  it("waits no longer than its limit for a response that never ends, and closes the connection", async () => {
    let isClosed = false;
    const chunks = inChunks(response, 100_000);
    const body = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const step = await chunks.next();
          return step.done ? new Promise<never>(() => undefined) : step;
        },
        async return() {
          isClosed = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const saved = teeResponse(body, path);
    await saved.body[Symbol.asyncIterator]().next();
    await saved.finish(20);
    expect((await readFile(path)).equals(response)).toBe(true);
    expect(isClosed).toBe(true);
  });

  it("waits no longer than its limit for a response that never pauses", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let chunks = 0;
      const body = (async function* () {
        for (;;) {
          chunks++;
          yield Buffer.from(": still here\n");
          await vi.advanceTimersByTimeAsync(15);
        }
      })();
      const saved = teeResponse(body, path);
      await saved.finish(20);
      // Six times 20 ms at 15 ms for each.
      expect(chunks).toBeLessThan(12);
      await saved.finish(0);
      expect(chunks).toBeLessThan(12);
    } finally {
      vi.useRealTimers();
    }
  });

  it("stores the bytes before a cut, and throws its cause", async () => {
    const cause = new Error("cut");
    const saved = teeResponse(thenCut(response, cause), path);
    await expect(readAll(saved.body)).rejects.toBe(cause);
    await saved.finish(1_000);
    expect((await readFile(path)).equals(response)).toBe(true);
  });

  it("stops after `maxBytes`", async () => {
    const saved = teeResponse(inChunks(response, 1_000), path, 5_000);
    await saved.finish(1_000);
    expect((await readFile(path)).length).toBe(6_000);
  });

  it("yields the complete response with a warning when the file cannot be written", async () => {
    // A device that is always full, where there is one; a path that cannot be written elsewhere.
    for (const place of [
      join(directory, "missing", "response"),
      existsSync("/dev/full") ? "/dev/full" : directory,
    ]) {
      const saved = teeResponse(inChunks(response, 65_536), place);
      expect((await readAll(saved.body)).equals(response)).toBe(true);
      await saved.finish(1_000);
      expect(saved.problem).toContain("could not be written");
      expect(saved.rawBody).toBeUndefined();
    }
  });
});
