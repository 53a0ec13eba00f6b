import { dirname } from "node:path";
import type { RawBody } from "../../response/reader-options.ts";
import { nodeFiles, writeAll } from "../files/durable-file.ts";
import { codeOf } from "../files/place-file.ts";
import type { ClientFiles, OpenFile, Surroundings } from "../surroundings.ts";
import { createChunkReader } from "./chunk-reader.ts";
import { readChunks } from "./read-chunks.ts";
import { createSemaphore, type Semaphore } from "./semaphore.ts";

/** Response stored in a file and read from it. */
export interface SpooledResponse {
  /** Yields the response again; at its end throws the error that cut it off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the file; missing if the response could not be written. */
  readonly rawBody: RawBody | undefined;
  /** Why the file does not hold the response, in full sentences; `body` still yields all of it. */
  readonly problem: string | undefined;
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
 * response that is cut off holds the bytes that arrived. Reading stops after `maxBytes`.
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
  try {
    const opened = await files.open(path, "w", 0o600);
    file = opened;
    while (!chunks.isOver && writtenBytes <= maxBytes) {
      await chunks.waitForChunk();
      await writeSemaphore(() => writeSlot(opened));
    }
    await file.sync();
    await file.close();
    await files.syncDirectory(dirname(path)).catch(() => undefined);
  } catch (error) {
    const problem = `The response could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
    const written =
      file && writtenBytes ? (await files.readFile(path)).subarray(0, writtenBytes) : new Uint8Array(0);
    await file?.close().catch(() => undefined);
    return { body: replay([written, ...batch], chunks.rest()), rawBody: undefined, problem };
  }
  const { cut } = chunks;
  chunks.close();
  return {
    body: replay(readChunks(path, files), cut ? chunks.rest() : []),
    rawBody: async () => new Uint8Array(await files.readFile(path)),
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
