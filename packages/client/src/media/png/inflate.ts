import { PngProblem, type PngReader } from "./png-reader.ts";

/** Node's own zlib in pieces of this size takes a third of the time of its `DecompressionStream`. */
const chunkSize = 262_144;

/**
 * Unpacks the pixels of a PNG as they are read. Breaking off the iteration stops the reading.
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
    // Nobody waits for what is left, and it may fail by being cut.
    reader.cancel().catch(() => {});
  }
}

/** Without an import of Node's modules, which a bundler for browsers would stumble over. */
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
  let packedBytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of data) {
      packedBytes += chunk.length;
      yield chunk;
    }
  };
  const inflater = pipeline(counted, createInflate({ chunkSize }), () => {});
  yield* inflater as AsyncIterable<Uint8Array>; // its pieces are Buffers
  if (inflater.bytesWritten < packedBytes) throw new PngProblem("is broken: something follows its pixels");
}
