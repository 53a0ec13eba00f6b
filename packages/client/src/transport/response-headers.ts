import type { TransportResponse } from "./transport.ts";

/** The headers that servers name a call in, in the order in which they are read. */
export const requestIdNames = ["x-request-id", "x-oneapi-request-id", "x-api-request-id"];

/** Reads the server's name for a call, in visible ASCII of at most 128 characters, from the headers in use. */
export function readRequestId(headers: TransportResponse["headers"]): string | undefined {
  for (const name of requestIdNames) {
    const id = headers
      .get(name)
      ?.replace(/[^!-~]/g, "")
      .slice(0, 128);
    if (id) return id;
  }
  return undefined;
}
