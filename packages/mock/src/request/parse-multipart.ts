/** One part of a multipart body, as it came. */
export interface FormPart {
  name: string;
  /** Present on file parts only. */
  filename?: string;
  /** The part's own `Content-Type`, lower-case and without parameters. */
  contentType?: string;
  bytes: Uint8Array;
}

/** A multipart body that can not be read; the message says where it broke. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

const maxHeaderBytes = 16 * 1024;
const carriageReturn = 13;

/** Takes a multipart body piece by piece. */
export interface MultipartParser {
  /** @throws MultipartError when the body breaks the format. */
  push(piece: Uint8Array): void;
  /** @throws MultipartError when the body stopped before its closing boundary. */
  end(): FormPart[];
}

type State = "preamble" | "delimiter" | "headers" | "body" | "done";

/**
 * Creates a reader of multipart bodies (RFC 7578) that never searches the same byte twice, so that 400 MB of pictures
 * cost one copy. `Request.formData()` would hide missing content types and a missing closing boundary.
 */
export function createMultipartParser(boundary: string): MultipartParser {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  // The first delimiter has no line before it: one is lent to it.
  let buffer: Uint8Array = new Uint8Array([13, 10]);
  let state = "preamble" as State;
  let current: Omit<FormPart, "bytes"> | undefined;
  let pieces: Uint8Array[] = [];

  /** Each step says where the next one begins, or `undefined` when it needs more bytes than there are. */
  const steps: Record<State, (position: number) => number | undefined> = {
    preamble(position) {
      const found = findBytes(buffer, delimiter, position);
      if (found < 0) {
        return starve(endOfSafety(position));
      }
      state = "delimiter";
      return found + delimiter.length;
    },
    delimiter(position) {
      let after = position;
      while (buffer[after] === 32 || buffer[after] === 9) after += 1;
      if (buffer.length < after + 2) return starve(position);
      if (buffer[after] === 45 && buffer[after + 1] === 45) {
        state = "done";
        return after;
      }
      if (buffer[after] !== 13 || buffer[after + 1] !== 10) {
        throw new MultipartError("A boundary is followed by something else than a line break.");
      }
      state = "headers";
      // The line break stays, so that a part without headers still ends in an empty line.
      return after;
    },
    headers(position) {
      const end = findBytes(buffer, headersEnd, position);
      if (end < 0) {
        if (buffer.length - position > maxHeaderBytes) {
          throw new MultipartError("The headers of a part are longer than 16 KiB.");
        }
        return starve(position);
      }
      current = parsePartHeaders(new TextDecoder().decode(buffer.subarray(position, end)));
      state = "body";
      return end + headersEnd.length;
    },
    body(position) {
      const found = findBytes(buffer, delimiter, position);
      const end = found < 0 ? endOfSafety(position) : found;
      if (end > position) pieces.push(buffer.subarray(position, end));
      if (found < 0) return starve(end);
      if (current) parts.push({ ...current, bytes: joinBytes(pieces) });
      pieces = [];
      state = "delimiter";
      return found + delimiter.length;
    },
    done() {
      return starve(buffer.length);
    },
  };
  const starve = (position: number) => {
    buffer = buffer.subarray(position);
    return undefined;
  };
  /** Up to here no byte can belong to a delimiter that is still to be completed. */
  const endOfSafety = (position: number) => Math.max(position, buffer.length - delimiter.length + 1);

  return {
    push(piece) {
      buffer = buffer.length === 0 ? piece : joinBytes([buffer, piece]);
      let position: number | undefined = 0;
      while (position !== undefined) position = steps[state](position);
    },
    end() {
      if (state === "preamble")
        throw new MultipartError("The boundary of the Content-Type header never comes.");
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

/** Reads `; name="value"` parameters of a header; quoted pairs are unescaped. */
export function parseParameters(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const match of header.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    const [, key = "", quoted, bare] = match;
    parameters.set(key.toLowerCase(), quoted?.replaceAll(/\\(["\\])/g, "$1") ?? bare ?? "");
  }
  return parameters;
}

/** Joins pieces into one array; a single piece is copied too, so that no chunk outlives its part. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

/** Both needles begin with a carriage return: the native search jumps from one to the next. */
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
