import { createByteBuffer } from "../bytes/byte-buffer.ts";

/** A body whose beginning was read and that still yields all of its bytes. */
export interface PeekedBody {
  /** The first bytes: at least as many as were asked for, unless the body is shorter or breaks off. */
  readonly head: Uint8Array;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the beginning of a body until `isEnough`, which is asked each time that the beginning has doubled: a body may
 * arrive byte by byte. A failure is reported where the body is read.
 */
export async function peekBody(
  source: AsyncIterable<Uint8Array>,
  isEnough: (head: Uint8Array) => boolean,
): Promise<PeekedBody> {
  const iterator = source[Symbol.asyncIterator]();
  const buffer = createByteBuffer();
  let askAt = 1;
  let end: { readonly cause?: unknown } | undefined;
  while (!end) {
    try {
      const step = await iterator.next();
      if (step.done) end = {};
      else buffer.append(step.value);
    } catch (cause) {
      end = { cause };
    }
    if (buffer.length < askAt) continue;
    if (isEnough(buffer.bytes())) break;
    askAt = 2 * buffer.length;
  }
  const head = buffer.bytes();
  return { head, body: replay(head, iterator, end) };
}

async function* replay(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
  end: { readonly cause?: unknown } | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    if (end && "cause" in end) throw end.cause;
    if (end) return;
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
  } finally {
    await iterator.return?.();
  }
}
