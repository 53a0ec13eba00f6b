import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import { spoolResponse } from "./spool-response.ts";
import { teeResponse } from "./tee-response.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-keep-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const response = Buffer.alloc(1_000_000, "a response ");

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe("spoolResponse", () => {
  it("writes the complete response to its file before it yields any of it", async () => {
    const path = join(directory, "response.json");
    const saved = await spoolResponse(inChunks(response, 65_536), path);
    expect((await readFile(path)).equals(response)).toBe(true);
    expect((await readAll(saved.body)).equals(response)).toBe(true);
    expect(Buffer.from((await saved.rawBody?.()) ?? []).equals(response)).toBe(true);
    expect(saved.problem).toBeUndefined();
  });

  it("stores the bytes before a cut, and throws its cause after them", async () => {
    const path = join(directory, "response.json");
    const cause = new Error("cut");
    const saved = await spoolResponse(thenCut(response, cause), path);
    expect((await readFile(path)).equals(response)).toBe(true);
    const parts: Buffer[] = [];
    const reading = (async () => {
      for await (const part of saved.body) parts.push(Buffer.from(part));
    })();
    await expect(reading).rejects.toBe(cause);
    expect(Buffer.concat(parts).equals(response)).toBe(true);
  });

  it("yields its own response after another process has moved the file and written one there", async () => {
    const path = join(directory, "response.json");
    const aside = join(directory, "response.json.1");
    const body = (async function* () {
      yield response.subarray(0, 100);
      await rename(path, aside);
      await writeFile(path, "the response of another process");
      yield response.subarray(100);
    })();
    const saved = await spoolResponse(body, path);
    expect(saved.problem).toBeUndefined();
    expect((await readAll(saved.body)).equals(response)).toBe(true);
    expect((await readFile(aside)).equals(response)).toBe(true);
    expect(await readFile(path, "utf8")).toBe("the response of another process");
  });

  it("leaves the bytes of a response that another process reads from the same path", async () => {
    const path = join(directory, "response.json");
    const first = await spoolResponse(inChunks(response, 65_536), path);
    const late = Buffer.from("the response of a process that was stopped");
    const second = await spoolResponse(inChunks(late, 65_536), path);
    const streamed = teeResponse(inChunks(late, 65_536), path);
    expect((await readAll(streamed.body)).equals(late)).toBe(true);
    await streamed.finish(0);
    expect((await readAll(first.body)).equals(response)).toBe(true);
    expect((await readAll(second.body)).equals(late)).toBe(true);
    expect((await readFile(path)).equals(late)).toBe(true);
  });

  it("stops after `maxBytes`, and closes the connection", async () => {
    let isClosed = false;
    const body = (async function* () {
      try {
        yield* inChunks(response, 1000);
      } finally {
        isClosed = true;
      }
    })();
    const saved = await spoolResponse(body, join(directory, "response.json"), 5000);
    expect((await readAll(saved.body)).length).toBe(6000);
    expect(isClosed).toBe(true);
  });

  it("yields the response from memory with a warning when the file cannot be written", async () => {
    const path = join(directory, "missing", "response.json");
    const saved = await spoolResponse(inChunks(response, 65_536), path);
    expect(saved.problem).toContain("ENOENT");
    expect(saved.rawBody).toBeUndefined();
    expect((await readAll(saved.body)).equals(response)).toBe(true);
  });

  it("yields the complete response when the disk is full", async () => {
    // A device that is always full, where there is one; a path that cannot be written elsewhere.
    const path = existsSync("/dev/full") ? "/dev/full" : directory;
    const saved = await spoolResponse(inChunks(response, 65_536), path);
    expect(saved.problem).toContain("could not be written");
    expect((await readAll(saved.body)).equals(response)).toBe(true);
  });

  it("lets others write while the responses that hold slots send nothing", async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stopped = Array.from({ length: 16 }, (_, index) => {
      const body = (async function* () {
        yield response;
        await ended;
        yield response;
      })();
      return spoolResponse(body, join(directory, `stopped-${index}.json`));
    });
    const other = await spoolResponse(inChunks(response, 65_536), join(directory, "response.json"));
    await other.close();
    expect((await readFile(join(directory, "response.json"))).equals(response)).toBe(true);
    end();
    for (const saved of stopped) expect((await readAll((await saved).body)).length).toBe(2 * response.length);
  });

  it("does not read the rest of a response until a previous one has ended", async () => {
    const log: string[] = [];
    const works = Array.from({ length: 9 }, async (_, index) => {
      const body = (async function* () {
        for (let chunk = 0; chunk < 4; chunk++) {
          log.push(`${index}.${chunk}`);
          yield response.subarray(0, 300_000);
        }
      })();
      const saved = await spoolResponse(body, join(directory, `${index}.json`));
      await saved.close();
    });
    await Promise.all(works);
    const ends = Array.from({ length: 9 }, (_, index) => log.indexOf(`${index}.3`));
    const [last = "0"] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"].sort(
      (a, b) => log.indexOf(`${b}.1`) - log.indexOf(`${a}.1`),
    );
    expect(log.indexOf(`${last}.1`)).toBeGreaterThan(Math.min(...ends));
  });
});
