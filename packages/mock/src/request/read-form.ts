import { ApiError, invalidField } from "./api-error.ts";
import { createMultipartParser, type FormPart, MultipartError, parseParameters } from "./parse-multipart.ts";

/**
 * Reads a request's multipart form. The body is read to its end whatever is wrong with it, so that the client gets its
 * answer instead of a broken pipe; what goes past `maxBodyBytes` is dropped.
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
  for await (const piece of body) {
    bodyBytes += piece.length;
    onBytes(piece.length);
    if (bodyBytes <= maxBodyBytes) attempt(() => parser?.push(piece));
  }
  if (bodyBytes > maxBodyBytes) {
    throw new ApiError(413, {
      message: `The request is ${bodyBytes} bytes; the maximum is ${maxBodyBytes}.`,
      code: "request_too_large",
    });
  }
  if (!parser) {
    const seen = contentType === null ? "no Content-Type" : `Content-Type ${contentType.slice(0, 80)}`;
    throw new ApiError(400, {
      message: `Expected multipart/form-data with a boundary, but the request has ${seen}.`,
      code: "invalid_content_type",
    });
  }
  const parts = attempt(() => parser.end());
  if (parts) return parts;
  if (!(broken instanceof MultipartError)) throw broken;
  throw new ApiError(400, {
    message: `Could not parse the form. ${broken.message}`,
    code: "invalid_multipart",
  });
}

/** The text of a part. */
export function partText(part: FormPart): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(part.bytes);
  } catch {
    throw invalidField(part.name, "invalid_encoding", `Invalid value for \`${part.name}\`: it is not UTF-8.`);
  }
}
