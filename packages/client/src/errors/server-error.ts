import { type Redact, sanitizeText } from "./sanitize-text.ts";

/** What a server says about a failure, made safe to show. */
export interface ServerError {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
}

/**
 * Reads `{error: {message, code, type, param}}` and its relatives (`{error: "..."}`, `{message}`, `{msg}`, `{detail}`,
 * the first of `{detail: [{msg}]}` or `{errors: [{message}]}`) from a parsed answer, fields of any JSON type. Empty strings
 * count as absent.
 */
export function parseServerError(body: unknown, redact: Redact = (text) => text): ServerError {
  const outer = record(first(body));
  const inner = record(first(outer["error"]));
  const said = [
    ...["message", "error", "detail", "msg"].map((name) => inner[name]),
    ...["error", "message", "detail", "msg", "errors"].map((name) => outer[name]),
  ]
    .map((value) => textIn(value))
    .find((text) => text !== undefined);
  const clean = (value: unknown, maxLength: number): string | undefined =>
    typeof value === "string" || typeof value === "number"
      ? sanitizeText(redact(String(value).slice(0, 8192)), maxLength)
      : undefined;
  return {
    message: clean(said, 300),
    code: clean(inner["code"] ?? outer["code"], 80),
    type: clean(inner["type"] ?? outer["type"], 80),
    param: clean(inner["param"] ?? outer["param"], 80),
    requestId: clean(/\brequest[ _-]?id:?\s*([\w-]{6,80})/i.exec(said ?? "")?.[1], 80),
  };
}

/** Returns the text of a message: of the first in a list, or of the field for it in an object. */
function textIn(value: unknown, depth = 0): string | undefined {
  const text = first(value);
  if (typeof text === "string" || typeof text === "number") return String(text) || undefined;
  if (depth > 3) return undefined;
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
