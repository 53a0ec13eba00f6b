import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, syncDirectory } from "../files/durable-file.ts";
import type { SpooledResponse } from "./spool-response.ts";

/** An answer that goes into a file while it is read. */
export interface TeedResponse extends SpooledResponse {
  /**
   * Writes what the reader left, as long as it comes without a pause of `quietMs`, and puts the file onto the disk.
   * Never throws.
   */
  finish(quietMs: number): Promise<void>;
}

type Step = IteratorResult<Uint8Array, undefined>;
const over: Step = { done: true, value: undefined };

/**
 * Writes an answer to a file as it comes, as `spoolResponse` does, but gives each piece on as soon as it is written: for a
 * stream, whose unfinished pictures are wanted while it lasts. Its readers leave when they have what they want, so the
 * rest is for `finish`, which stops after `maxBytes`.
 */
export function teeResponse(
  body: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = Number.POSITIVE_INFINITY,
): TeedResponse {
  const iterator = body[Symbol.asyncIterator]();
  const opening = open(path, "w", 0o600);
  // Told by the first piece that it can not take.
  opening.catch(() => undefined);
  let problem: string | undefined;
  let byteLength = 0;
  let isOver = false;
  let turn: Promise<Step> = Promise.resolve(over);

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    if (problem !== undefined) return;
    try {
      await work();
    } catch (error) {
      problem = `The answer could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
      await opening.then((file) => file.close()).catch(() => undefined);
    }
  }

  async function take(): Promise<Step> {
    if (isOver) return over;
    try {
      const step = await iterator.next();
      // It is also over for a piece that comes after `finish` has waited long enough.
      if (isOver || step.done) return over;
      byteLength += step.value.length;
      await attempt(() => write(step.value));
      return step;
    } catch (error) {
      isOver = true;
      throw error;
    }
  }

  async function write(bytes: Uint8Array): Promise<void> {
    const file = await opening;
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  }

  /** One after the other: a reader that gave up waiting has left a piece on its way. */
  function next(): Promise<Step> {
    turn = turn.catch(() => undefined).then(take);
    return turn;
  }

  return {
    body: { [Symbol.asyncIterator]: () => ({ next, return: async () => over }) },
    get rawBody() {
      return problem === undefined ? async () => new Uint8Array(await readFile(path)) : undefined;
    },
    get problem() {
      return problem;
    },
    async finish(quietMs) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      while (!isOver && problem === undefined && byteLength <= maxBytes) {
        const quiet = new Promise<Step>((resolve) => {
          timer = setTimeout(resolve, quietMs, over);
        });
        const step = await Promise.race([next().catch(() => over), quiet]);
        clearTimeout(timer);
        if (step.done) break;
      }
      isOver = true;
      void (async () => iterator.return?.())().catch(() => undefined);
      await attempt(async () => {
        const file = await opening;
        await file.sync();
        await file.close();
        await syncDirectory(dirname(path));
      });
    },
  };
}
