import type { TransportResponse } from "./transport.ts";

/** The response headers that can contain a request ID, in order of precedence. */
export const requestIdNames = ["x-request-id", "x-oneapi-request-id", "x-api-request-id"];

/** Returns the server's request ID from the known headers, reduced to at most 128 visible ASCII characters. */
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
