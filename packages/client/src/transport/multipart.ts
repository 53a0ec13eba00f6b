import { invalidInput } from "../errors/problem-messages.ts";
import type { ByteSource } from "../media/byte-source.ts";

/** A complete `multipart/form-data` body of known length that can be read again for a retry. */
export interface MultipartBody {
  /** `multipart/form-data; boundary=...`: the only source of a form's `content-type`. */
  readonly contentType: string;
  readonly byteLength: number;
  /**
   * Reads the form from its start. The closing boundary is a separate chunk, the last one. A transport that never
   * sent it knows that the server cannot have a complete form. A chunk is valid until the next one is requested.
   *
   * @throws {InvalidInputError} (`not-sent`) when an image's length has changed, before the form is complete
   */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Creates one `Blob` of the complete form from the blobs of its parts, for platforms that send exact lengths
   * only for blobs. Returns `undefined` when a part has no blob; a transport then collects `chunks()`.
   */
  blob?(): Blob | undefined;
}

/** A text field of the form. */
interface TextPart {
  readonly name: string;
  /** Sent byte for byte as UTF-8, line breaks included; a lone surrogate becomes U+FFFD. */
  readonly value: string;
}

/** A file of the form. */
interface FilePart {
  readonly name: string;
  readonly filename: string;
  readonly mediaType: string;
  readonly source: ByteSource;
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
): Required<MultipartBody> {
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
        if ("source" in chunk) yield* readExactly(chunk);
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

/** Yields a file's bytes. Throws when their number differs from the declared length, which would corrupt the form. */
async function* readExactly({ name, filename, source }: FilePart): AsyncGenerator<Uint8Array> {
  let missing = source.byteLength;
  for await (const chunk of source.chunks()) {
    missing -= chunk.length;
    if (missing < 0) break;
    yield chunk;
  }
  if (missing === 0) return;
  const difference = missing < 0 ? "more" : `${missing} fewer`;
  const detail = `(${filename}) changed while it was being sent: it now has ${difference} bytes than its original ${source.byteLength}. Send it again when it no longer changes.`;
  throw invalidInput(name, "changed", { detail });
}

/** Escapes a name as in WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, encodeURIComponent);
}

// Unguessable, so that no prompt or image can contain it and inject parts.
function randomBoundary(): string {
  return `retouch-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
