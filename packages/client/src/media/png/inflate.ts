import { PngProblem, type PngReader } from "./png-reader.ts";

/** Node's zlib with chunks of this size takes a third of the time of its `DecompressionStream`. */
const chunkSize = 262_144;

/**
 * Inflates the pixels of a PNG while they are read. Ending the iteration early stops the reading.
 *
 * @throws {PngProblem} when they are damaged, cut off, or followed by something else
 */
export async function* inflatePng(stream: PngReader): AsyncGenerator<Uint8Array> {
  let sourceError: unknown;
  const data = async function* (): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      yield* stream.readData();
    } catch (error) {
      sourceError = error;
      throw error;
    }
  };
  try {
    yield* inflateOnNode(data()) ?? inflateAnywhere(data());
  } catch (cause) {
    if (cause instanceof PngProblem) throw cause;
    throw sourceError ?? new PngProblem("is broken: its pixels are damaged", { cause });
  }
}

async function* inflateAnywhere(data: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await data.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const reader = compressed.pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    // Not awaited: the remaining data is not needed, and canceling may reject.
    reader.cancel().catch(() => {});
  }
}

/** Returns Node's inflater, without imports of Node modules that a bundler for browsers cannot resolve. */
function inflateOnNode(
  data: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const streams = process?.getBuiltinModule?.("stream");
  const zlib = process?.getBuiltinModule?.("zlib");
  return streams && zlib && inflateWith(streams, zlib, data);
}

async function* inflateWith(
  { pipeline }: typeof import("node:stream"),
  { createInflate }: typeof import("node:zlib"),
  data: AsyncGenerator<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> {
  let compressedBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      compressedBytes += chunk.length;
      yield chunk;
    }
  };
  const inflater = pipeline(counted, createInflate({ chunkSize }), () => {});
  yield* inflater as AsyncIterable<Uint8Array>; // its chunks are Buffers
  if (inflater.bytesWritten < compressedBytes)
    throw new PngProblem("is broken: something follows its pixels");
}
