import { apiError, fieldError } from "./error-table.ts";
import { createMultipartParser, type FormPart, MultipartError, parseParameters } from "./parse-multipart.ts";

/**
 * Reads the multipart form of a request. The body is always read to its end, so that the client gets a response instead
 * of a broken pipe. Bytes beyond `maxBodyBytes` are dropped.
 *
 * @throws ApiError 400 for another content type or a broken form, 413 past `maxBodyBytes`.
 */
export async function readForm(
  contentType: string | null,
  body: AsyncIterable<Uint8Array>,
  maxBodyBytes: number,
  onBytes: (count: number) => void,
): Promise<FormPart[]> {
  const boundary = /^multipart\/form-data\b/i.test(contentType ?? "")
    ? parseParameters(contentType ?? "").get("boundary")
    : undefined;
  const parser = boundary ? createMultipartParser(boundary) : undefined;
  let broken: unknown;
  let bodyBytes = 0;
  const attempt = <T>(step: () => T): T | undefined => {
    try {
      return broken === undefined ? step() : undefined;
    } catch (error) {
      broken = error;
      return undefined;
    }
  };
  for await (const chunk of body) {
    bodyBytes += chunk.length;
    onBytes(chunk.length);
    if (bodyBytes <= maxBodyBytes) attempt(() => parser?.push(chunk));
  }
  if (bodyBytes > maxBodyBytes) {
    throw apiError("tooLarge", { values: { bytes: bodyBytes, limit: maxBodyBytes } });
  }
  if (!parser) {
    const actual = contentType === null ? "no Content-Type" : `Content-Type ${contentType.slice(0, 80)}`;
    throw apiError("contentType", { values: { actual } });
  }
  const parts = attempt(() => parser.end());
  if (parts) return parts;
  if (!(broken instanceof MultipartError)) throw broken;
  throw apiError("multipart", { values: { reason: broken.message } });
}

/** Decodes the text of a part. */
export function partText(part: FormPart): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(part.bytes);
  } catch {
    throw fieldError("encoding", part.name);
  }
}
