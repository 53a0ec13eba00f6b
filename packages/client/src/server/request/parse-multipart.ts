import { findBytes, startsWith } from "../find-bytes.ts";
import { ProxyError } from "../proxy-error.ts";

/** One part of a form, unchanged. */
export interface FormPart {
  readonly name: string;
  /** Absent for a text field. */
  readonly filename?: string;
  readonly bytes: Uint8Array;
}

/** RFC 2046: at most 70 characters; the last is not a space. */
const boundaryPattern = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i;
const maxParts = 128;
const maxHeaderBytes = 8_192;

/** Returns the boundary in a `Content-Type`; `undefined` if it is not `multipart/form-data` with a boundary. */
export function boundaryOf(contentType: string | null): string | undefined {
  if (contentType === null || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const found = boundaryPattern.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * Parses a complete `multipart/form-data` body (RFC 7578). Parts are views of the body, not copies.
 *
 * @throws ProxyError 400 for a body that is not a form, or has no closing boundary.
 */
export function parseForm(body: Uint8Array, boundary: string): FormPart[] {
  const delimiter = latin1(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first delimiter may lack its line break; everything before it is ignored.
  let at = startsWith(body, delimiter.subarray(2), 0) ? delimiter.length - 2 : after(body, delimiter, 0);
  while (!startsWith(body, dashes, at)) {
    at = skipLineEnd(body, at);
    if (parts.length >= maxParts) throw malformed("it has too many parts");
    const headerEnd = findBytes(body, headerEndMark, at, at + maxHeaderBytes);
    // A part without headers would have no name, which RFC 7578 requires.
    if (headerEnd < 0) throw malformed("a part has no headers, or too many");
    const { name, filename } = readPartHeaders(decoder.decode(body.subarray(at, headerEnd)));
    const start = headerEnd + headerEndMark.length;
    const end = findBytes(body, delimiter, start);
    if (end < 0) throw malformed("its closing boundary is missing");
    parts.push({ name, ...(filename !== undefined && { filename }), bytes: body.subarray(start, end) });
    at = end + delimiter.length;
  }
  return parts;
}

const decoder = new TextDecoder();
const headerEndMark = latin1("\r\n\r\n");
const dashes = latin1("--");

function after(body: Uint8Array, mark: Uint8Array, from: number): number {
  const found = findBytes(body, mark, from);
  if (found < 0) throw malformed("its boundary does not occur");
  return found + mark.length;
}

/** Skips the white space that may follow a boundary, and its line break. */
function skipLineEnd(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a)
    throw malformed("a boundary is not followed by a line break");
  return at + 2;
}

function readPartHeaders(headers: string): { name: string; filename: string | undefined } {
  const lines = headers.split("\r\n");
  if (lines.some((line) => /^content-transfer-encoding\s*:(?!\s*(7bit|8bit|binary)\s*$)/i.test(line)))
    throw malformed("a part has a transfer encoding");
  const [disposition, another] = lines.filter((line) => /^content-disposition\s*:/i.test(line));
  const parameters = another === undefined ? readParameters(disposition) : undefined;
  const name = parameters?.get("name");
  if (name === undefined) throw malformed("a part has no name, or more than one");
  // Some programs send a non-ASCII name only in the second form (RFC 5987).
  return { name, filename: parameters?.get("filename") ?? parameters?.get("filename*") };
}

/** Parses `form-data; name="..."; filename="..."`; returns undefined for other text between, or a repeated parameter. */
function readParameters(disposition = ""): Map<string, string> | undefined {
  const start = /^[^:]*:\s*form-data\s*/i.exec(disposition)?.[0].length;
  if (start === undefined) return undefined;
  // A quote ends a value only before the next parameter: file names may contain quotes, and end with a backslash.
  const parameter = /;\s*([^\s=;"]+)=(?:"(.*?)"(?=\s*(?:;|$))|([^\s;"]+))\s*/y;
  const found = new Map<string, string>();
  parameter.lastIndex = start;
  let end = start;
  for (let match = parameter.exec(disposition); match; match = parameter.exec(disposition)) {
    const name = (match[1] ?? "").toLowerCase();
    if (found.has(name)) return undefined;
    found.set(name, match[2] ?? match[3] ?? "");
    end = parameter.lastIndex;
  }
  return /^;?\s*$/.test(disposition.slice(end)) ? found : undefined;
}

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function malformed(why: string): ProxyError {
  return new ProxyError(
    400,
    "malformed_form",
    `The body is not a complete form: ${why}. Send it again as \`FormData\`.`,
  );
}
