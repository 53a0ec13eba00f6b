import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { closableBody } from "../../transport/response-body.ts";
import type { TransportResponse } from "../../transport/transport.ts";

/** Encodings that servers and intermediaries apply although none is requested. */
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Returns the decoded body of a response as it arrives, and the matching headers. An unknown encoding leaves
 * the bytes as they are, because they were billed.
 */
export function readResponseBody(
  response: IncomingMessage,
  toFailure: (error: unknown) => unknown,
): Pick<TransportResponse, "headers" | "body"> {
  const coding = response.headers["content-encoding"]?.trim().toLowerCase();
  const createDecoder =
    coding !== undefined && Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
  return {
    headers: {
      get(name) {
        const key = name.toLowerCase();
        if (createDecoder && (key === "content-encoding" || key === "content-length")) return null;
        const value = response.headers[key];
        return value === undefined ? null : [value].flat().join(", ");
      },
    },
    body: closableBody(readBody(readStream(response), createDecoder, toFailure), () => response.destroy()),
  };
}

async function* readBody(
  chunks: AsyncGenerator<Uint8Array>,
  createDecoder: (() => Transform) | undefined,
  toFailure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* createDecoder ? decode(chunks, createDecoder()) : chunks;
  } catch (error) {
    throw toFailure(error);
  }
}

async function* decode(chunks: AsyncGenerator<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  const decoded = readStream(decoder);
  // Data before a cut is decoded as far as possible, and only then is the cut reported.
  let cut: { readonly error: unknown } | undefined;
  const pump = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) {
        if (decoder.destroyed) return;
        await new Promise<void>((resolve) => {
          decoder.once("close", resolve);
          decoder.write(chunk, () => {
            decoder.off("close", resolve);
            resolve();
          });
        });
      }
    } catch (error) {
      cut = { error };
    }
    decoder.end();
  };
  const pumping = pump();
  try {
    yield* decoded;
  } catch (error) {
    throw cut ? cut.error : error;
  } finally {
    decoder.destroy();
    await chunks.return(undefined);
    await pumping;
  }
  if (cut) throw cut.error;
}

/**
 * Yields the chunks of a stream, including all that arrived before a failure: the stream's own iterator drops data
 * that it has not yielded yet, and a response that is cut off may have been billed. Listens from the call on.
 */
function readStream(stream: Readable): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  stream.on("readable", () => wake());
  stream.on("end", () => wake());
  stream.on("close", () => wake());
  stream.on("error", (error) => {
    failure ??= { error };
    wake();
  });
  return read();

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const chunk: Uint8Array | null = stream.read();
        if (chunk !== null) yield chunk;
        else if (stream.readableEnded) return;
        else if (failure) throw failure.error;
        else if (stream.destroyed) throw new Error("The stream was closed.");
        else await changed;
      }
    } finally {
      stream.destroy();
    }
  }
}
