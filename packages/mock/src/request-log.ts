import type { FormPart } from "./request/parse-multipart.ts";

/** One part of a logged form. */
export interface LoggedPart {
  name: string;
  /** The text of a field; absent on files. */
  value?: string;
  /** Present on files. */
  filename?: string;
  /** The part's own `Content-Type`, lower-case, without parameters. */
  contentType?: string;
  byteLength: number;
  /** SHA-256 of the bytes in hex, for files. */
  sha256?: string;
  /** The bytes of a file, when `keepBytes` is set. */
  bytes?: Uint8Array;
}

/** One request to the mock. The entry is added when the headers have arrived, and completed during the exchange. */
export interface LoggedRequest {
  /** 1 for the first request since the start or the last `reset()`. */
  number: number;
  /** ISO time of arrival. */
  at: string;
  method: string;
  /** Path with query. */
  path: string;
  /** Lower-case names. Contains the key: assert on it, but do not print it. */
  headers: Record<string, string>;
  /** In the order of the body; empty until it has been read. */
  parts: LoggedPart[];
  /** Bytes of body that arrived. */
  bodyBytes: number;
  requestId: string;
  model?: string;
  /** Text fields that the spec does not have. They are accepted, as vendors do. */
  unknownFields: string[];
  /** The scenario of the response, if the request got that far. */
  scenario?: string;
  /** The status of the response, once it is known. */
  status?: number;
  /** The `code` of the error, and the field it is about. */
  code?: string;
  param?: string;
  /** The client disconnected, or the scenario cut the connection, before the response was complete. */
  aborted: boolean;
  /** The exchange is over. */
  done: boolean;
  durationMs?: number;
}

/** Converts parts for the log, one after another, because hashing copies the bytes. */
export async function describeParts(parts: readonly FormPart[], keepBytes: boolean): Promise<LoggedPart[]> {
  const logged: LoggedPart[] = [];
  for (const { name, filename, contentType, bytes } of parts) {
    logged.push({
      name,
      byteLength: bytes.length,
      ...(contentType === undefined ? {} : { contentType }),
      ...(filename === undefined
        ? { value: new TextDecoder().decode(bytes) }
        : { filename, ...(await fingerprint(bytes)), ...(keepBytes ? { bytes } : {}) }),
    });
  }
  return logged;
}

/** Returns the hash of a file. Pages on plain http have no `crypto.subtle`, so it is omitted there. */
async function fingerprint(bytes: Uint8Array): Promise<{ sha256?: string }> {
  if (!globalThis.crypto?.subtle) return {};
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return {
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}

/** Formats a request as one line, without key, prompt or control characters. */
export function describeRequest(entry: LoggedRequest): string {
  const [path] = entry.path.split("?");
  const files = entry.parts.filter((part) => part.filename !== undefined).length;
  return [
    `${entry.method} ${path}`,
    entry.status ?? "no response",
    entry.scenario,
    entry.model?.slice(0, 60),
    files > 0 ? `${files} ${files === 1 ? "file" : "files"}, ${entry.bodyBytes} B` : undefined,
    entry.code,
    entry.param === undefined ? undefined : `(${entry.param.slice(0, 60)})`,
    entry.aborted ? "aborted" : undefined,
    entry.durationMs === undefined ? undefined : `${Math.round(entry.durationMs)} ms`,
    entry.requestId,
  ]
    .filter((word) => word !== undefined)
    .join(" ")
    .replaceAll(/\p{Cc}|\p{Cf}/gu, "\ufffd");
}
