import type { Deadline } from "../../async/deadline.ts";
import { isNode } from "../../transport/fetch-body.ts";
import type { PageRequest } from "../page-request.ts";
import { ProxyError } from "../proxy-error.ts";

/** Checks the announced length before anything is read. Returns it. */
export function checkAnnouncedLength(
  { headers }: Pick<PageRequest, "headers">,
  maxBodyBytes: number,
): number | undefined {
  const announced = headers.get("content-length");
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
  { read, readTo }: Pick<PageRequest, "read" | "readTo">,
  announced: number | undefined,
  maxBodyBytes: number,
  deadline: Deadline,
): Promise<BodyBuffer> {
  const body = new BodyBuffer(announced);
  let isTooLarge = false;
  const take = (chunk: Uint8Array): boolean => {
    isTooLarge = body.byteLength + chunk.byteLength > maxBodyBytes;
    if (isTooLarge || deadline.signal.aborted) return false;
    body.append(chunk);
    return true;
  };
  if (readTo) await deadline.race(readTo(take));
  else if (read) await readEach(read, take, deadline);
  // Left unread, not canceled: the server drops the rest, and undici throws out of band when a form is canceled.
  if (isTooLarge) throw tooLarge(maxBodyBytes);
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

async function readEach(
  read: NonNullable<PageRequest["read"]>,
  take: (chunk: Uint8Array) => boolean,
  deadline: Deadline,
): Promise<void> {
  for (;;) {
    const { done, value } = await deadline.race(read());
    if (done || !take(value)) return;
  }
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

const firstBytes = 65_536;

/**
 * The bytes of one form, from the first one until the form is forwarded. It grows with the bytes that arrive, so that no
 * client can reserve memory by announcing a large form, and stores each byte once.
 */
export class BodyBuffer {
  byteLength = 0;
  readonly #announced: number;
  #buffer: ArrayBuffer;

  /** @param announced how many bytes will arrive, if known */
  constructor(announced = Number.POSITIVE_INFINITY) {
    this.#announced = announced;
    this.#buffer = allocate(Math.min(announced, firstBytes), announced);
  }

  append(chunk: Uint8Array): void {
    const needed = this.byteLength + chunk.byteLength;
    if (needed > this.#buffer.byteLength) {
      const length = Math.max(needed, Math.min(this.#announced, Math.ceil(1.5 * needed)));
      this.#buffer = grow(this.#buffer, length);
    }
    new Uint8Array(this.#buffer, this.byteLength).set(chunk);
    this.byteLength = needed;
  }

  /** The bytes that have arrived so far; the view is invalid after the next `append` or `release`. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.byteLength);
  }

  /** Frees the memory immediately, even if views of it still exist. */
  release(): void {
    this.#buffer = free(this.#buffer);
    this.byteLength = 0;
  }
}

/** The part of a resizable `ArrayBuffer` that TypeScript's ES2022 does not have. */
interface Resizable {
  readonly resizable?: boolean;
  readonly maxByteLength: number;
  resize(byteLength: number): void;
  transferToFixedLength?(byteLength: number): ArrayBuffer;
}

/**
 * Allocates a buffer. On Node one of known length reserves addresses only, and grows in place: moving the bytes of a large
 * form took a third of its time. Other runtimes may not accept a view of such a buffer.
 */
function allocate(byteLength: number, announced: number): ArrayBuffer {
  const isLarge = Number.isSafeInteger(announced) && announced > byteLength;
  const options = isNode() && isLarge ? { maxByteLength: announced } : undefined;
  return new (ArrayBuffer as new (byteLength: number, options?: object) => ArrayBuffer)(byteLength, options);
}

/** Gives a buffer another size. The old memory is freed without waiting for the garbage collector. */
function grow(buffer: ArrayBuffer, byteLength: number): ArrayBuffer {
  const { resizable, maxByteLength = 0 } = buffer as Partial<Resizable>;
  if (!resizable) return move(buffer, byteLength);
  if (byteLength <= maxByteLength) {
    (buffer as unknown as Resizable).resize(byteLength);
    return buffer;
  }
  // More than announced: the caller still has to say so.
  const larger = new ArrayBuffer(byteLength);
  new Uint8Array(larger).set(new Uint8Array(buffer));
  free(buffer);
  return larger;
}

/** Frees the memory of a buffer. A resizable one that shrinks is overwritten first, which takes as long as freeing it. */
function free(buffer: ArrayBuffer): ArrayBuffer {
  const { resizable, transferToFixedLength } = buffer as Partial<Resizable>;
  return resizable && transferToFixedLength ? transferToFixedLength.call(buffer, 0) : grow(buffer, 0);
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
