import type { IncomingMessage } from "node:http";
import { closableBody } from "../../transport/response-body.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { codingsOf, decodeBody, isPlainStart } from "./decode-body.ts";
import { readStream } from "./read-stream.ts";

/** Returns the decoded body of a response as it arrives, and the matching headers. */
export function readResponseBody(
  response: IncomingMessage,
  toFailure: (error: unknown) => unknown,
): Pick<TransportResponse, "headers" | "body"> {
  const codings = codingsOf(response.headers["content-encoding"]);
  return {
    headers: {
      get(name) {
        const key = name.toLowerCase();
        if (codings.length > 0 && (key === "content-encoding" || key === "content-length")) return null;
        const value = response.headers[key];
        return typeof value === "string" ? value : (value?.join(", ") ?? null);
      },
      forEach(visit) {
        for (const [name, value] of Object.entries(response.headers)) visit([value].flat().join(", "), name);
      },
    },
    body: closableBody(readBody(readStream(response), codings, toFailure), () => response.destroy()),
  };
}

/** Reads a body, and decodes it if it is encoded. Not a generator: each takes three turns for every chunk. */
function readBody(
  chunks: AsyncGenerator<Uint8Array>,
  codings: readonly string[],
  toFailure: (error: unknown) => unknown,
): AsyncIterator<Uint8Array, void, undefined> & { return(value: undefined): Promise<unknown> } {
  let source: AsyncGenerator<Uint8Array> | undefined =
    codings.length > 0 ? decodeBody(chunks, codings) : undefined;
  return {
    async next() {
      try {
        if (source) return await source.next();
        const step = await chunks.next();
        if (step.done || step.value.length === 0) return step;
        // Without a label, the first byte determines whether the body is certainly not compressed: most are not.
        source = isPlainStart(step.value) ? chunks : decodeBody(resume(step.value, chunks), codings);
        return source === chunks ? step : await source.next();
      } catch (error) {
        throw toFailure(error);
      }
    },
    return: () => (source ?? chunks).return(undefined),
  };
}

/** Yields a chunk that was read ahead, then the rest. */
async function* resume(chunk: Uint8Array, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield chunk;
    yield* chunks;
  } finally {
    await chunks.return(undefined);
  }
}
