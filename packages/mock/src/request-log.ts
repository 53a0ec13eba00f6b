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

/** One request to the mock. The entry appears when its headers are in and is filled in as the exchange goes on. */
export interface LoggedRequest {
  /** 1 for the first request since the start or the last `reset()`. */
  number: number;
  /** ISO time of arrival. */
  at: string;
  method: string;
  /** Path with query. */
  path: string;
  /** Lower-case names. Holds the key that was sent: assert on it, print it nowhere. */
  headers: Record<string, string>;
  /** In the order of the body; empty until it has been read. */
  parts: LoggedPart[];
  /** Bytes of body that arrived. */
  bodyBytes: number;
  requestId: string;
  model?: string;
  /** Text fields that the spec does not name: they pass, as vendors let them pass. */
  unknownFields: string[];
  /** The scenario that answered, when the request got so far. */
  scenario?: string;
  /** The answer's status, once it is decided. */
  status?: number;
  /** The `code` of the refusal, and which field it was about. */
  code?: string;
  param?: string;
  /** The client went away, or the scenario cut the connection, before the answer was complete. */
  aborted: boolean;
  /** The exchange is over. */
  done: boolean;
  durationMs?: number;
}

/** Describes parts for the log; one after the other, since hashing copies the bytes. */
export async function describeParts(parts: readonly FormPart[], keepBytes: boolean): Promise<LoggedPart[]> {
  const described: LoggedPart[] = [];
  for (const { name, filename, contentType, bytes } of parts) {
    described.push({
      name,
      byteLength: bytes.length,
      ...(contentType === undefined ? {} : { contentType }),
      ...(filename === undefined
        ? { value: new TextDecoder().decode(bytes) }
        : { filename, ...(await fingerprint(bytes)), ...(keepBytes ? { bytes } : {}) }),
    });
  }
  return described;
}

/** Pages on plain http have no `crypto.subtle`: the log does without the hash there. */
async function fingerprint(bytes: Uint8Array): Promise<{ sha256?: string }> {
  if (!globalThis.crypto?.subtle) return {};
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return {
    sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}

/** Says one request in one line, without key or prompt, and without control characters of whoever sent it. */
export function describeRequest(entry: LoggedRequest): string {
  const [path] = entry.path.split("?");
  const files = entry.parts.filter((part) => part.filename !== undefined).length;
  return [
    `${entry.method} ${path}`,
    entry.status ?? "no answer",
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
