import type { TransportRequest } from "../transport/transport.ts";
import { parseForm } from "./parse-form.ts";

/** A file of a sent form. */
export interface TestFile {
  /** `image`, `image[]` or `mask`. */
  readonly field: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A request of a test client, as a server would have received it. */
export interface TestRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The text fields of the form. */
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly TestFile[];
  /** Aborts when the call is canceled or times out. */
  readonly signal: AbortSignal;
}

/** Reads a request's form. */
export async function readTestRequest(request: TransportRequest): Promise<TestRequest> {
  const form = new Uint8Array(request.body.byteLength);
  let offset = 0;
  for await (const chunk of request.body.chunks()) {
    form.set(chunk, offset);
    offset += chunk.byteLength;
  }
  const fields: Record<string, string> = {};
  const files: TestFile[] = [];
  for (const { name, filename, mediaType, bytes } of parseForm(form, request.body.contentType)) {
    if (filename === undefined) fields[name] = new TextDecoder().decode(bytes);
    else files.push({ field: name, name: filename, mediaType, bytes });
  }
  return { url: request.url, headers: request.headers, fields, files, signal: request.signal };
}
