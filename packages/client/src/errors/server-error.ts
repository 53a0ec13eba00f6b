import type { TransportResponse } from "../transport/transport.ts";
import type { Redact } from "./redactor.ts";
import { sanitizeText } from "./sanitize-text.ts";

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
  // A success, nearly always: it says nothing.
  if (outerNames.every((name) => outer[name] === undefined)) return nothing;
  const inner = record(first(outer["error"]));
  const said = [
    ...["message", "error", "detail", "msg"].map((name) => inner[name]),
    ...["error", "message", "detail", "msg", "errors"].map((name) => outer[name]),
  ]
    .map((value) => textIn(value))
    .find((text) => text !== undefined);
  const clean = (value: unknown, maxLength: number, isTerm = false): string | undefined => {
    if (typeof value !== "string" && typeof value !== "number") return undefined;
    const text = String(value).slice(0, 8192);
    return sanitizeText(redact(text, isTerm && /^[\w.:[\]-]+$/.test(text)), maxLength);
  };
  return {
    message: clean(said, 300),
    code: clean(inner["code"] ?? outer["code"], 80, true),
    type: clean(inner["type"] ?? outer["type"], 80, true),
    param: clean(inner["param"] ?? outer["param"], 80, true),
    requestId: clean(/\brequest[ _-]?id:?\s*([\w-]{6,80})/i.exec(said ?? "")?.[1], 80),
  };
}

const outerNames = ["error", "message", "detail", "msg", "errors", "code", "type", "param"];
const nothing: ServerError = {
  message: undefined,
  code: undefined,
  type: undefined,
  param: undefined,
  requestId: undefined,
};

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

/** Returns the text of a message: of the first in an array, or of the field for it in an object. */
function textIn(value: unknown, depth = 0): string | undefined {
  const text = first(value);
  if (typeof text === "string" || typeof text === "number") return String(text) || undefined;
  // Without this, a missing field would be searched for its own fields, 2800 times for each that is missing.
  if (typeof text !== "object" || depth > 3) return undefined;
  const fields = record(text);
  return ["message", "msg", "text", "content", "detail", "reason", "description"]
    .map((name) => textIn(fields[name], depth + 1))
    .find((text) => text !== undefined);
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
