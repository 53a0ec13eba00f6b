import type { IncomingMessage } from "node:http";
import { closableBody } from "../../transport/response-body.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { codingsOf, decodeBody } from "./decode-body.ts";
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
        return value === undefined ? null : [value].flat().join(", ");
      },
      forEach(visit) {
        for (const [name, value] of Object.entries(response.headers)) visit([value].flat().join(", "), name);
      },
    },
    body: closableBody(readBody(readStream(response), codings, toFailure), () => response.destroy()),
  };
}

async function* readBody(
  chunks: AsyncGenerator<Uint8Array>,
  codings: readonly string[],
  toFailure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decodeBody(chunks, codings);
  } catch (error) {
    throw toFailure(error);
  }
}
