import { dirname } from "node:path";
import type { Runtime } from "../../async/deadline.ts";
import { nodeFiles } from "../files/durable-file.ts";
import { codeOf } from "../files/place-file.ts";
import type { Surroundings } from "../surroundings.ts";
import { openResponseFile } from "./open-response-file.ts";
import type { SpooledResponse } from "./spool-response.ts";

/** Response that is written to a file while it is read. */
export interface TeedResponse extends Omit<SpooledResponse, "close"> {
  /**
   * Writes what the reader did not read, unless it pauses for `idleMs` or goes on for six times as long, and syncs the
   * file. With 0, it writes nothing more. Never throws.
   */
  finish(idleMs: number): Promise<void>;
}

type Step = IteratorResult<Uint8Array, undefined>;
const over: Step = { done: true, value: undefined };

/**
 * Writes a response to a file as `spoolResponse` does, but yields each chunk as soon as it is written: for a stream,
 * whose partial images are shown while it lasts. Its readers stop once they have the result, so the
 * rest is written by `finish`, which stops after `maxBytes`.
 */
export function teeResponse(
  body: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number = Number.POSITIVE_INFINITY,
  { files, runtime = globalThis as Runtime }: Pick<Surroundings, "files" | "runtime"> = { files: nodeFiles },
): TeedResponse {
  const iterator = body[Symbol.asyncIterator]();
  const opening = openResponseFile(path, files);
  // Reported by the first chunk that cannot be written.
  opening.catch(() => undefined);
  let problem: string | undefined;
  let byteLength = 0;
  let isOver = false;
  let last: Promise<Step> = Promise.resolve(over);

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    if (problem !== undefined) return;
    try {
      await work();
    } catch (error) {
      problem = `The response could not be written to ${path} (${codeOf(error) ?? "unknown error"}). It was read in memory.`;
      await opening.then((file) => file.close()).catch(() => undefined);
    }
  }

  async function read(): Promise<Step> {
    if (isOver) return over;
    try {
      const step = await iterator.next();
      // Also over for a chunk that arrives after `finish` has waited long enough.
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

  /** Sequential: a reader that gave up waiting has left a read in flight. */
  function next(): Promise<Step> {
    last = last.catch(() => undefined).then(read);
    return last;
  }

  return {
    body: { [Symbol.asyncIterator]: () => ({ next, return: async () => over }) },
    get rawBody() {
      return problem === undefined ? async () => new Uint8Array(await files.readFile(path)) : undefined;
    },
    get problem() {
      return problem;
    },
    async finish(idleMs) {
      let timer: unknown;
      let lateTimer: unknown;
      // A server that sends a comment now and then never pauses.
      const late = new Promise<Step>((resolve) => {
        lateTimer = runtime.setTimeout(() => resolve(over), 6 * idleMs);
      });
      while (idleMs > 0 && !isOver && problem === undefined && byteLength <= maxBytes) {
        const idle = new Promise<Step>((resolve) => {
          timer = runtime.setTimeout(() => resolve(over), idleMs);
        });
        const step = await Promise.race([next().catch(() => over), idle, late]);
        runtime.clearTimeout(timer);
        if (step.done) break;
      }
      runtime.clearTimeout(lateTimer);
      isOver = true;
      void (async () => iterator.return?.())().catch(() => undefined);
      await attempt(async () => {
        const file = await opening;
        await file.sync();
        await file.close();
        await files.syncDirectory(dirname(path)).catch(() => undefined);
      });
    },
  };
}
