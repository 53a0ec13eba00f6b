import type { Deadline } from "../../async/deadline.ts";
import { ProxyError } from "../proxy-error.ts";

/** Checks the announced length before anything is read. Returns it. */
export function checkAnnouncedLength(request: Request, maxBodyBytes: number): number | undefined {
  const announced = request.headers.get("content-length");
  if (announced === null) return undefined;
  if (!/^\d{1,15}$/.test(announced)) {
    throw new ProxyError(400, "bad_content_length", "`Content-Length` is not a number. Send the form again.");
  }
  const byteLength = Number(announced);
  if (byteLength > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return byteLength;
}

/**
 * Reads a form into memory. Stops at the first byte over the limit.
 *
 * @throws ProxyError 413 over the limit; 400 if it is shorter than announced: frameworks cut bodies at 4.5 or 10 MB.
 */
export async function readBody(
  request: Request,
  announced: number | undefined,
  maxBodyBytes: number,
  deadline: Deadline,
): Promise<BodyBuffer> {
  const reader = request.body?.getReader();
  const body = bufferBody(announced);
  while (reader) {
    const { done, value } = await deadline.race(reader.read());
    if (done) break;
    // Left unread, not canceled: the server drops the rest, and undici throws out of band when a form is canceled.
    if (body.byteLength + value.byteLength > maxBodyBytes) throw tooLarge(maxBodyBytes);
    body.append(value);
  }
  const { byteLength } = body;
  if (announced !== undefined && byteLength !== announced) {
    const why =
      byteLength === 0
        ? "has read it: put this handler before every body parser."
        : "cut it: raise the body limit of your framework or host.";
    const message = `The form is ${byteLength} bytes long, but its \`Content-Length\` is ${announced}. A component before this handler ${why}`;
    throw new ProxyError(400, "incomplete_body", message);
  }
  return body;
}

function tooLarge(maxBodyBytes: number): ProxyError {
  const mebibytes = maxBodyBytes / 1_048_576;
  const limit = mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MB` : `${maxBodyBytes} bytes`;
  return new ProxyError(
    413,
    "request_too_large",
    `The form is larger than ${limit}. Send fewer or smaller images.`,
  );
}

/** The bytes of one form, from the first one until the form is forwarded. */
export interface BodyBuffer {
  readonly byteLength: number;
  append(chunk: Uint8Array): void;
  /** The bytes that have arrived so far; the view is invalid after the next `append` or `release`. */
  bytes(): Uint8Array;
  /** Frees the memory immediately, even if views of it still exist. */
  release(): void;
}

const firstBytes = 65_536;

/**
 * Creates the buffer of one form. It grows with the bytes that arrive, so that no client can reserve memory by
 * announcing a large form, and stores each byte once.
 *
 * @param announced how many bytes will arrive, if known
 */
export function bufferBody(announced = Number.POSITIVE_INFINITY): BodyBuffer {
  let buffer = new ArrayBuffer(Math.min(announced, firstBytes));
  let byteLength = 0;
  return {
    get byteLength() {
      return byteLength;
    },
    append(chunk) {
      const needed = byteLength + chunk.byteLength;
      if (needed > buffer.byteLength)
        buffer = move(buffer, Math.max(needed, Math.min(announced, 1.5 * needed)));
      new Uint8Array(buffer, byteLength).set(chunk);
      byteLength = needed;
    },
    bytes: () => new Uint8Array(buffer, 0, byteLength),
    release() {
      buffer = move(buffer, 0);
      byteLength = 0;
    },
  };
}

/** Moves bytes to a buffer of another size; the old memory is freed without waiting for the garbage collector. */
function move(buffer: ArrayBuffer, byteLength: number): ArrayBuffer {
  const { transfer } = buffer as { transfer?: (byteLength: number) => ArrayBuffer };
  if (transfer) return transfer.call(buffer, byteLength);
  // Node 20 has no `transfer`, but a structured clone detaches the original.
  const moved = new ArrayBuffer(byteLength);
  const copiedBytes = Math.min(buffer.byteLength, byteLength);
  new Uint8Array(moved).set(new Uint8Array(buffer, 0, copiedBytes));
  structuredClone(buffer, { transfer: [buffer] });
  return moved;
}
