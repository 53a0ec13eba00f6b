import type { TransportResponse } from "../transport/transport.ts";
import { type Redact, sanitizeText } from "./sanitize-text.ts";

/** The server's own description of a failure, safe to show. */
export interface ServerError {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * Reads `{error: {message, code, type, param}}` and its relatives (`{error: "..."}`, `{message}`, `{msg}`, `{detail}`,
 * the first of `{detail: [{msg}]}` or `{errors: [{message}]}`) from a parsed response. Fields may have any JSON type; empty
 * strings count as absent.
 */
export function parseServerError(body: unknown, redact: Redact = (text) => text): ServerError {
  const outer = record(first(body));
  const inner = record(outer["error"]);
  const listed = [outer["detail"], outer["errors"]].map((list) => record(first(list)));
  const said = [
    inner["message"],
    ...["error", "message", "detail", "msg"].map((name) => outer[name]),
    ...listed.flatMap(({ msg, message }) => [msg, message]),
  ].find((text) => typeof text === "string" && text !== "");
  const clean = (value: unknown, maxLength: number): string | undefined =>
    typeof value === "string" || typeof value === "number"
      ? sanitizeText(redact(String(value).slice(0, 8192)), maxLength)
      : undefined;
  return {
    message: clean(said, 300),
    code: clean(inner["code"] ?? outer["code"], 80),
    type: clean(inner["type"] ?? outer["type"], 80),
    param: clean(inner["param"] ?? outer["param"], 80),
    requestId: clean(/\brequest[ _-]?id:?\s*([\w-]{6,80})/i.exec(String(said ?? ""))?.[1], 80),
  };
}

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

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
