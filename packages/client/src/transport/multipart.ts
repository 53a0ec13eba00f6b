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
): Required<RequestBody> {
  const chunks: (Uint8Array<ArrayBuffer> | FilePart)[] = [];
  let text = "";
  const flush = (): void => {
    // No line break precedes the first boundary.
    if (text) chunks.push(new TextEncoder().encode(chunks.length ? text : text.slice(2)));
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
  text = `\r\n--${boundary}--\r\n`;
  flush();
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    byteLength: chunks.reduce((sum, chunk) => sum + ("source" in chunk ? chunk.source : chunk).byteLength, 0),
    async *chunks() {
      for (const chunk of chunks) {
        if ("source" in chunk) yield* readExactly(chunk.name, chunk);
        else yield chunk;
      }
    },
    blob() {
      const blobs: BlobPart[] = [];
      for (const chunk of chunks) {
        const blob = "source" in chunk ? chunk.source.blob : chunk;
        if (!blob) return undefined;
        blobs.push(blob);
      }
      return new Blob(blobs);
    },
  };
}

/** Escapes a name as in WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, encodeURIComponent);
}

// Unguessable, so that no prompt or image can contain it and inject parts.
function randomBoundary(): string {
  return `retouch-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
