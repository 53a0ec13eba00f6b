import { type BodyFile, type RequestBody, readExactly } from "./request-body.ts";

/** A text field of the form. */
interface TextPart {
  readonly name: string;
  /** Sent byte for byte as UTF-8, line breaks included; a lone surrogate becomes U+FFFD. */
  readonly value: string;
}

/** A file of the form. */
interface FilePart extends BodyFile {
  readonly name: string;
}

/** One part of a form. */
export type Part = TextPart | FilePart;

/**
 * Encodes a form (RFC 7578, with the name escapes of WHATWG HTML). Its length is known immediately; its bytes are
 * read on demand. Parts keep the given order: text, images, mask.
 *
 * @example
 * const body = encodeMultipart([{ name: "prompt", value: "A red hat" }, { name: "image", filename: "cat.png", mediaType: "image/png", source }]);
 * request.headers["content-type"] = body.contentType;
 */
export function encodeMultipart(
  parts: readonly Part[],
  boundary: string = randomBoundary(),
): RequestBody & Required<Pick<RequestBody, "blob">> {
  const chunks: (Uint8Array<ArrayBuffer> | FilePart)[] = [];
  let text = "";
  const flush = (): void => {
    // No line break precedes the first boundary.
    if (text) chunks.push(encoder.encode(chunks.length ? text : text.slice(2)));
    text = "";
  };
  for (const part of parts) {
    text += `\r\n--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(part.name)}"`;
    if ("value" in part) text += `\r\n\r\n${part.value}`;
    else {
      text += `; filename="${escapeName(part.filename)}"\r\nContent-Type: ${part.mediaType}\r\n\r\n`;
      flush();
      chunks.push(part);
    }
  }
  flush();
  const ending = `\r\n--${boundary}--\r\n`;
  const end = encoder.encode(chunks.length ? ending : ending.slice(2));
  const byteLength = chunks.reduce(
    (sum, chunk) => sum + ("source" in chunk ? chunk.source : chunk).byteLength,
    end.length,
  );
  const isSmall = byteLength <= maxJoinedBytes;
  const split = byteLength - end.length;
  const whole = isSmall && split > 0 ? join([...chunks, end], byteLength) : undefined;
  const small = whole && ([whole, [whole.subarray(0, split), whole.subarray(split)]] as const);
  return {
    small,
    contentType: `multipart/form-data; boundary=${boundary}`,
    byteLength,
    async *chunks() {
      if (small) return yield* small[1];
      // Each chunk is a write to the socket, and a packet of its own: the parts of a small form go out together.
      const joined = isSmall ? new Uint8Array(split) : undefined;
      let at = 0;
      for (const chunk of chunks) {
        for await (const bytes of "source" in chunk ? readExactly(chunk.name, chunk) : [chunk]) {
          if (!joined) yield bytes;
          else joined.set(bytes, at);
          at += bytes.length;
        }
      }
      if (joined?.length) yield joined;
      yield end;
    },
    blob() {
      const blobs: BlobPart[] = [];
      for (const chunk of chunks) {
        const blob = "source" in chunk ? chunk.source.blob?.() : chunk;
        if (!blob) return undefined;
        blobs.push(blob);
      }
      return new Blob([...blobs, end]);
    },
  };
}

const encoder = new TextEncoder();

/** Returns all chunks in one, if their bytes are in memory. */
function join(
  chunks: readonly (Uint8Array | FilePart)[],
  byteLength: number,
): Uint8Array<ArrayBuffer> | undefined {
  const joined = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    const bytes = "source" in chunk ? chunk.source.view?.() : chunk;
    if (!bytes) return undefined;
    joined.set(bytes, at);
    at += bytes.length;
  }
  return joined;
}

/** Up to this size, copying a form into one chunk takes less than writing its parts. */
const maxJoinedBytes = 65_536;

/** Escapes a name as in WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, encodeURIComponent);
}

// Unguessable, so that no prompt or image can contain it and inject parts. Each is used once; drawing and formatting 16
// bytes for each form took 5 % of a small edit.
let boundaries: string[] = [];
function randomBoundary(): string {
  if (boundaries.length === 0) {
    const random = crypto.getRandomValues(new Uint32Array(256));
    const hex = Array.from(random, (word) => word.toString(16).padStart(8, "0")).join("");
    boundaries = hex.match(/.{32}/g) ?? [];
  }
  return `retouch-${boundaries.pop()}`;
}
