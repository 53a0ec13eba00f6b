import { InvalidInputError } from "../errors/errors.ts";
import type { ByteSource } from "../media/byte-source.ts";

/** A complete `multipart/form-data` body of known length that can be read again for a retry. */
export interface MultipartBody {
  /** `multipart/form-data; boundary=...`: nobody else sets the `content-type` of a form. */
  readonly contentType: string;
  readonly byteLength: number;
  /**
   * Reads the form from its start. The closing boundary comes alone and last, so that a transport that never
   * handed it over knows that the server can not hold a complete form. A piece is valid until the next is asked for.
   *
   * @throws {InvalidInputError} (`not-sent`) when a picture has more or fewer bytes than at first, before the form is complete
   */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Puts the whole form together as one `Blob` out of its parts' own blobs, for a platform that sends exact lengths
   * only of blobs. `undefined` when a part has none; a transport then collects `pieces()`.
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
 * Encodes a form (RFC 7578, with the name escapes of WHATWG HTML): its length is known at once, its bytes are read
 * when asked for. Parts come in the order given: text, pictures, mask.
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
    // The first boundary has no line before it.
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
        if ("source" in chunk) yield* readWhole(chunk);
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

/** Gives a file's bytes, and no other number of them than its form was promised: the rest would be a corrupt form. */
async function* readWhole({ name, filename, source }: FilePart): AsyncGenerator<Uint8Array> {
  let missing = source.byteLength;
  for await (const chunk of source.chunks()) {
    missing -= chunk.length;
    if (missing < 0) break;
    yield chunk;
  }
  if (missing === 0) return;
  const seen = missing < 0 ? "more" : `${missing} fewer`;
  const message = `\`${name}\` (${filename}) changed while it was being sent: it has ${seen} bytes than the ${source.byteLength} it had. Send it again once it is at rest.`;
  throw new InvalidInputError({ problems: [{ severity: "error", field: name, code: "changed", message }] });
}

/** The escapes of WHATWG HTML, "multipart/form-data encoding algorithm". */
function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, encodeURIComponent);
}

// Unguessable, so that no prompt or picture can hold it and add parts of its own.
function randomBoundary(): string {
  return `retouch-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
