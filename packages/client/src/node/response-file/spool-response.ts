import { dirname } from "node:path";
import type { RawBody } from "../../response/reader-options.ts";
import { nodeFiles, writeAll } from "../files/durable-file.ts";
import { codeOf } from "../files/place-file.ts";
import type { ClientFiles, OpenFile, Surroundings } from "../surroundings.ts";
import { createChunkReader } from "./chunk-reader.ts";
import { openResponseFile } from "./open-response-file.ts";
import { readOpenFile } from "./read-chunks.ts";
import { createSemaphore, type Semaphore } from "./semaphore.ts";

/** Response stored in a file and read from it. */
export interface SpooledResponse {
  /** Yields the response again, once; at its end throws the error that cut it off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the file; missing if the response could not be written. */
  readonly rawBody: RawBody | undefined;
  /** Why the file does not hold the response, in full sentences; `body` still yields all of it. */
  readonly problem: string | undefined;
  /** Closes the file, which stays open until `body` is read. */
  close(): Promise<void>;
}

/**
 * Limit concurrent writers of a disk to 8. The other responses wait in the socket buffers, not in memory. A slot is never held
 * while nothing arrives, nor long enough for another connection to time out.
 */
const writeSemaphores = new WeakMap<ClientFiles, Semaphore>();
const slotBytes = 4_194_304;
const batchBytes = 262_144;

/**
 * Writes a response to a file and syncs it before any of it is parsed, so that nothing billed is lost. The file of a
 * response that is cut off holds the bytes that arrived. Reading stops after `maxBytes`. It is read through the handle that
 * wrote it: while this process was stopped, another one may have moved the file and put its own there.
 */
export async function spoolResponse(
  body: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = Number.POSITIVE_INFINITY,
  { files, nextTick }: Pick<Surroundings, "files" | "nextTick"> = { files: nodeFiles },
): Promise<SpooledResponse> {
  const chunks = createChunkReader(body, nextTick);
  const writeSemaphore = writeSemaphores.get(files) ?? createSemaphore(8);
  writeSemaphores.set(files, writeSemaphore);
  let writtenBytes = 0;
  let batch: Uint8Array[] = [];
  let file: OpenFile | undefined;
  /** Writes the bytes that have arrived and keep arriving, up to the size of one slot. */
  async function writeSlot(to: OpenFile): Promise<void> {
    for (const until = writtenBytes + slotBytes; writtenBytes < until && writtenBytes <= maxBytes; ) {
      batch = await chunks.read(Math.min(batchBytes, maxBytes + 1 - writtenBytes));
      if (batch.length === 0) return;
      await writeAll(to, batch, writtenBytes);
      for (const chunk of batch) writtenBytes += chunk.length;
      batch = [];
    }
  }
  async function close(): Promise<void> {
    const opened = file;
    file = undefined;
    // It is synced, so closing it has nothing to lose.
    await opened?.close().catch(() => undefined);
  }
  try {
    const opened = await openResponseFile(path, files);
    file = opened;
    while (!chunks.isOver && writtenBytes <= maxBytes) {
      await chunks.waitForChunk();
      await writeSemaphore(() => writeSlot(opened));
    }
    await opened.sync();
    await files.syncDirectory(dirname(path)).catch(() => undefined);
    const { cut } = chunks;
    chunks.close();
    return {
      body: replay(readOpenFile(opened), cut ? chunks.rest() : [], close),
      rawBody: async () => new Uint8Array(await files.readFile(path)),
      problem: undefined,
      close,
    };
  } catch (error) {
    const problem = `The response could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
    const written = file && writtenBytes ? await readStart(file, writtenBytes) : [];
    await close();
    return { body: replay([...written, ...batch], chunks.rest(), close), rawBody: undefined, problem, close };
  }
}

/** Reads the start of a file that more may follow. */
async function readStart(file: OpenFile, byteLength: number): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let rest = byteLength;
  for await (const chunk of readOpenFile(file)) {
    parts.push(chunk.slice(0, rest));
    rest -= chunk.length;
    if (rest <= 0) break;
  }
  return parts;
}

async function* replay(
  first: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  rest: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  close: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* first;
  } finally {
    await close();
  }
  yield* rest;
}
