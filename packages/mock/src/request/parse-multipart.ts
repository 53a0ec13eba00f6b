/** One part of a multipart body, as it was sent. */
export interface FormPart {
  name: string;
  /** Present on file parts only. */
  filename?: string;
  /** The part's own `Content-Type`, lower-case and without parameters. */
  contentType?: string;
  bytes: Uint8Array;
}

/** Error of a malformed multipart body. The message says what is wrong. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

const maxHeaderBytes = 16 * 1024;
const carriageReturn = 13;

/** Incremental parser of a multipart body. */
export interface MultipartParser {
  /** @throws MultipartError when the body breaks the format. */
  push(chunk: Uint8Array): void;
  /** @throws MultipartError when the body stopped before its closing boundary. */
  end(): FormPart[];
}

type State = "preamble" | "delimiter" | "headers" | "body" | "done";

/**
 * Creates a parser of multipart bodies (RFC 7578) that never searches the same byte twice, so that 400 MB of images
 * are copied once. `Request.formData()` would hide missing content types and a missing closing boundary.
 */
export function createMultipartParser(boundary: string): MultipartParser {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first delimiter has no line before it, so a line break is prepended.
  let buffer: Uint8Array = new Uint8Array([13, 10]);
  let state = "preamble" as State;
  let current: Omit<FormPart, "bytes"> | undefined;
  let chunks: Uint8Array[] = [];
  /** How many bytes of a part's headers were searched for their end. */
  let searched = 0;

  /** Each step returns the start of the next one, or `undefined` when it needs more bytes. */
  const steps: Record<State, (position: number) => number | undefined> = {
    preamble(position) {
      const found = findBytes(buffer, delimiter, position);
      if (found < 0) {
        return waitForMore(safeEnd(position));
      }
      state = "delimiter";
      return found + delimiter.length;
    },
    delimiter(position) {
      let after = position;
      while (buffer[after] === 32 || buffer[after] === 9) after += 1;
      // Without the spaces: a line of them must not be read again with every chunk.
      if (buffer.length < after + 2) return waitForMore(after);
      if (buffer[after] === 45 && buffer[after + 1] === 45) {
        state = "done";
        return after;
      }
      if (buffer[after] !== 13 || buffer[after + 1] !== 10) {
        throw new MultipartError("A boundary is not followed by a line break.");
      }
      state = "headers";
      // The line break stays, so that a part without headers still ends in an empty line.
      return after;
    },
    headers(position) {
      const end = findBytes(buffer, headersEnd, position + Math.max(0, searched - headersEnd.length + 1));
      if (end < 0) {
        searched = buffer.length - position;
        if (searched > maxHeaderBytes) {
          throw new MultipartError("The headers of a part are longer than 16 KiB.");
        }
        return waitForMore(position);
      }
      searched = 0;
      current = parsePartHeaders(new TextDecoder().decode(buffer.subarray(position, end)));
      state = "body";
      return end + headersEnd.length;
    },
    body(position) {
      const found = findBytes(buffer, delimiter, position);
      const end = found < 0 ? safeEnd(position) : found;
      if (end > position) chunks.push(buffer.subarray(position, end));
      if (found < 0) return waitForMore(end);
      if (current) parts.push({ ...current, bytes: joinBytes(chunks) });
      chunks = [];
      state = "delimiter";
      return found + delimiter.length;
    },
    done() {
      return waitForMore(buffer.length);
    },
  };
  const waitForMore = (position: number) => {
    buffer = buffer.subarray(position);
    return undefined;
  };
  /** Returns the end of the bytes that cannot belong to an incomplete delimiter. */
  const safeEnd = (position: number) => Math.max(position, buffer.length - delimiter.length + 1);

  return {
    push(chunk) {
      buffer = buffer.length === 0 ? chunk : joinBytes([buffer, chunk]);
      let position: number | undefined = 0;
      while (position !== undefined) position = steps[state](position);
    },
    end() {
      if (state === "preamble")
        throw new MultipartError("The boundary of the Content-Type header is missing in the body.");
      if (state !== "done") throw new MultipartError("The body ends before its closing boundary.");
      return parts;
    },
  };
}

const headersEnd = new Uint8Array([13, 10, 13, 10]);

function parsePartHeaders(text: string): Omit<FormPart, "bytes"> {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  if (!/^form-data\b/i.test(disposition)) {
    throw new MultipartError("A part has no `Content-Disposition: form-data`.");
  }
  const parameters = parseParameters(disposition);
  const name = parameters.get("name");
  if (name === undefined) throw new MultipartError("A part has no name.");
  const filename = parameters.get("filename");
  const contentType = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return {
    name,
    ...(filename === undefined ? {} : { filename }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** Parses `; name="value"` parameters of a header; quoted pairs are unescaped. */
export function parseParameters(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const match of header.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    const [, key = "", quoted, bare] = match;
    parameters.set(key.toLowerCase(), quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare ?? "");
  }
  return parameters;
}

/** Joins chunks into one array; a single chunk is copied too, so that no chunk outlives its part. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

/** Finds bytes that start with a carriage return, which the native search jumps to. */
function findBytes(haystack: Uint8Array, needle: Uint8Array, from: number): number {
  let index = haystack.indexOf(carriageReturn, from);
  while (index >= 0 && index <= haystack.length - needle.length) {
    let matched = 1;
    while (matched < needle.length && haystack[index + matched] === needle[matched]) matched += 1;
    if (matched === needle.length) return index;
    index = haystack.indexOf(carriageReturn, index + 1);
  }
  return -1;
}
