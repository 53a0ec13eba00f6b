import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { RawBody } from "../../response/reader-options.ts";
import { codeOf, syncDirectory, writeAll } from "../files/durable-file.ts";
import { createChunkReader } from "./chunk-reader.ts";
import { readChunks } from "./read-chunks.ts";
import { createSemaphore } from "./semaphore.ts";

/** An answer that lies in a file, to be read from there. */
export interface SpooledResponse {
  /** Gives the answer again, and at its end throws what cut it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the file; missing when the answer could not be written. */
  readonly rawBody: RawBody | undefined;
  /** Why the file does not hold the answer, in full sentences; `body` gives all of it nevertheless. */
  readonly problem: string | undefined;
}

/**
 * Answers that come at the same time are written by turns: the others wait in the system's buffers rather than in memory.
 * Nobody holds a turn while nothing comes, nor for so long that another connection would be given up.
 */
const writeSemaphore = createSemaphore(8);
const turnBytes = 4_194_304;
const batchBytes = 262_144;

/**
 * Writes an answer to a file as it comes, and onto the disk, before anything of it is understood: whatever happens then,
 * what was paid for is there. The file of an answer that is cut holds what came. Reading stops after `maxBytes`.
 */
export async function spoolResponse(
  body: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<SpooledResponse> {
  const chunks = createChunkReader(body);
  let writtenBytes = 0;
  let batch: Uint8Array[] = [];
  let file: FileHandle | undefined;
  /** Writes what has come and goes on coming, as long as one turn lasts. */
  async function takeTurn(to: FileHandle): Promise<void> {
    for (const until = writtenBytes + turnBytes; writtenBytes < until && writtenBytes <= maxBytes; ) {
      batch = await chunks.take(Math.min(batchBytes, maxBytes + 1 - writtenBytes));
      if (batch.length === 0) return;
      await writeAll(to, batch, writtenBytes);
      for (const chunk of batch) writtenBytes += chunk.length;
      batch = [];
    }
  }
  try {
    const opened = await open(path, "w", 0o600);
    file = opened;
    while (!chunks.isOver && writtenBytes <= maxBytes) {
      await chunks.waitForChunk();
      await writeSemaphore(() => takeTurn(opened));
    }
    await file.sync();
    await file.close();
    await syncDirectory(dirname(path));
  } catch (error) {
    const problem = `The answer could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
    const written =
      file && writtenBytes ? (await readFile(path)).subarray(0, writtenBytes) : new Uint8Array(0);
    await file?.close().catch(() => undefined);
    return { body: replay([written, ...batch], chunks.rest()), rawBody: undefined, problem };
  }
  const { cut } = chunks;
  chunks.close();
  return {
    body: replay(readChunks(path), cut ? chunks.rest() : []),
    rawBody: async () => new Uint8Array(await readFile(path)),
    problem: undefined,
  };
}

async function* replay(
  first: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  rest: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
