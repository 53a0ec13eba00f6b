import { type FileHandle, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { RawBody } from "../answer.ts";
import { codeOf, syncFolder } from "./place-file.ts";
import { readPieces } from "./read-pieces.ts";

/** An answer that lies in a file, to be read from there. */
export interface KeptAnswer {
  /** Gives the answer again, and at its end throws what cut it. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the file; missing when the answer could not be written. */
  readonly rawBody: RawBody | undefined;
  /** Why the file does not hold the answer, in full sentences; `body` gives all of it nevertheless. */
  readonly problem: string | undefined;
}

/**
 * Writes an answer to a file as it comes, and onto the disk, before anything of it is understood: whatever happens then,
 * what was paid for is there. The file of an answer that is cut holds what came. Reading stops after `maxBytes`.
 */
export async function keepAnswer(
  body: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = Number.POSITIVE_INFINITY,
): Promise<KeptAnswer> {
  const iterator = body[Symbol.asyncIterator]();
  let writtenBytes = 0;
  let chunk: Uint8Array = new Uint8Array(0);
  let isOver = false;
  let cut: { readonly cause: unknown } | undefined;
  let file: FileHandle | undefined;
  try {
    file = await open(path, "w", 0o600);
    while (!isOver && writtenBytes <= maxBytes) {
      try {
        const step = await iterator.next();
        isOver = step.done === true;
        chunk = step.done ? new Uint8Array(0) : step.value;
      } catch (cause) {
        cut = { cause };
        isOver = true;
      }
      await writeAll(file, chunk);
      writtenBytes += chunk.length;
      chunk = new Uint8Array(0);
    }
    await file.sync();
    await file.close();
    await syncFolder(dirname(path));
  } catch (error) {
    const problem = `The answer could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
    const written =
      file && writtenBytes ? (await readFile(path)).subarray(0, writtenBytes) : new Uint8Array(0);
    await file?.close().catch(() => undefined);
    return {
      body: replay([written, chunk], isOver ? undefined : iterator, cut),
      rawBody: undefined,
      problem,
    };
  }
  if (!isOver) void (async () => iterator.return?.())().catch(() => undefined);
  return {
    body: replay(readPieces(path), undefined, cut),
    rawBody: async () => new Uint8Array(await readFile(path)),
    problem: undefined,
  };
}

async function* replay(
  first: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  rest: AsyncIterator<Uint8Array> | undefined,
  cut: { readonly cause: unknown } | undefined,
): AsyncGenerator<Uint8Array> {
  yield* first;
  if (rest) yield* { [Symbol.asyncIterator]: () => rest };
  if (cut) throw cut.cause;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
