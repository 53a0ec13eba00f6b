import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { keepAnswer } from "./spool-response.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "retouch-keep-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const answer = Buffer.alloc(1_000_000, "an answer ");

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe("keepAnswer", () => {
  it("has the whole answer in its file before it gives any of it", async () => {
    const path = join(folder, "answer.json");
    const kept = await keepAnswer(inChunks(answer, 65_536), path);
    expect((await readFile(path)).equals(answer)).toBe(true);
    expect((await readAll(kept.body)).equals(answer)).toBe(true);
    expect(Buffer.from((await kept.rawBody?.()) ?? []).equals(answer)).toBe(true);
    expect(kept.problem).toBeUndefined();
  });

  it("keeps what came before a cut, and throws its cause after that", async () => {
    const path = join(folder, "answer.json");
    const cause = new Error("cut");
    const kept = await keepAnswer(thenCut(answer, cause), path);
    expect((await readFile(path)).equals(answer)).toBe(true);
    const parts: Buffer[] = [];
    const reading = (async () => {
      for await (const part of kept.body) parts.push(Buffer.from(part));
    })();
    await expect(reading).rejects.toBe(cause);
    expect(Buffer.concat(parts).equals(answer)).toBe(true);
  });

  it("stops after `maxBytes`, and closes the connection", async () => {
    let isClosed = false;
    const body = (async function* () {
      try {
        yield* inChunks(answer, 1000);
      } finally {
        isClosed = true;
      }
    })();
    const kept = await keepAnswer(body, join(folder, "answer.json"), 5000);
    expect((await readAll(kept.body)).length).toBe(6000);
    expect(isClosed).toBe(true);
  });

  it("gives the answer from memory when the file can not be written, and says so", async () => {
    const path = join(folder, "missing", "answer.json");
    const kept = await keepAnswer(inChunks(answer, 65_536), path);
    expect(kept.problem).toContain("ENOENT");
    expect(kept.rawBody).toBeUndefined();
    expect((await readAll(kept.body)).equals(answer)).toBe(true);
  });

  it("gives all of it when the disk is full", async () => {
    // A device that is always full, where there is one; a path that can not be written elsewhere.
    const path = existsSync("/dev/full") ? "/dev/full" : folder;
    const kept = await keepAnswer(inChunks(answer, 65_536), path);
    expect(kept.problem).toContain("could not be written");
    expect((await readAll(kept.body)).equals(answer)).toBe(true);
  });

  it("lets others write while the answers that have turns send nothing", async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stopped = Array.from({ length: 16 }, (_, index) => {
      const body = (async function* () {
        yield answer;
        await ended;
        yield answer;
      })();
      return keepAnswer(body, join(folder, `stopped-${index}.json`));
    });
    await keepAnswer(inChunks(answer, 65_536), join(folder, "answer.json"));
    expect((await readFile(join(folder, "answer.json"))).equals(answer)).toBe(true);
    end();
    for (const kept of stopped) expect((await readAll((await kept).body)).length).toBe(2 * answer.length);
  });

  it("leaves the rest of an answer where it is until one before it has ended", async () => {
    const log: string[] = [];
    const works = Array.from({ length: 9 }, async (_, index) => {
      const body = (async function* () {
        for (let piece = 0; piece < 4; piece++) {
          log.push(`${index}.${piece}`);
          yield answer.subarray(0, 300_000);
        }
      })();
      await keepAnswer(body, join(folder, `${index}.json`));
    });
    await Promise.all(works);
    const ends = Array.from({ length: 9 }, (_, index) => log.indexOf(`${index}.3`));
    const [last = "0"] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"].sort(
      (a, b) => log.indexOf(`${b}.1`) - log.indexOf(`${a}.1`),
    );
    expect(log.indexOf(`${last}.1`)).toBeGreaterThan(Math.min(...ends));
  });
});
