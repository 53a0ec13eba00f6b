import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { closableBody } from "../closable-body.ts";
import type { TransportResponse } from "../transport.ts";

/** Codings that servers and their networks use though none is asked for. */
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Gives the body of an answer as it arrives, decoded, and the headers that fit it. A coding that is not known leaves
 * the bytes as they came, because they were paid for.
 */
export function readAnswerBody(
  response: IncomingMessage,
  describe: (error: unknown) => unknown,
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
    body: closableBody(readBody(response, createDecoder, describe), () => response.destroy()),
  };
}

async function* readBody(
  response: IncomingMessage,
  createDecoder: (() => Transform) | undefined,
  describe: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* createDecoder ? decode(response, createDecoder()) : response;
  } catch (error) {
    throw describe(error);
  } finally {
    response.destroy();
  }
}

async function* decode(response: Readable, decoder: Transform): AsyncGenerator<Uint8Array> {
  // Not `pipeline`: its callback form would have to be awaited beside the loop to not lose an error.
  response.on("error", (error) => decoder.destroy(error));
  response.pipe(decoder);
  try {
    yield* decoder;
  } finally {
    decoder.destroy();
  }
}
