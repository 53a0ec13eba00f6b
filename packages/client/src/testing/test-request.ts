import type { TransportRequest } from "../transport/transport.ts";

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

/** Parses a request's form with the platform's parser. */
export async function readTestRequest(request: TransportRequest): Promise<TestRequest> {
  const bytes = new Uint8Array(request.body.byteLength);
  let offset = 0;
  for await (const chunk of request.body.chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  const form = await new Response(bytes, {
    headers: { "content-type": request.body.contentType },
  }).formData();
  const fields: Record<string, string> = {};
  const files: TestFile[] = [];
  for (const [field, value] of form) {
    if (typeof value === "string") fields[field] = value;
    else {
      const { name, type: mediaType } = value;
      files.push({ field, name, mediaType, bytes: new Uint8Array(await value.arrayBuffer()) });
    }
  }
  return { url: request.url, headers: request.headers, fields, files, signal: request.signal };
}
