import { type ByteBuffer, createByteBuffer } from "../bytes/byte-buffer.ts";

/** A body whose beginning was read and that still yields all of its bytes. */
export interface PeekedBody {
  /** The first bytes: at least as many as were asked for, unless the body is shorter or breaks off. */
  readonly head: Uint8Array;
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether the beginning is all of the body. */
  readonly isWhole: boolean;
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
  let end: { readonly cause?: unknown } | undefined;
  let first: Uint8Array | undefined;
  try {
    const step = await iterator.next();
    if (step.done) end = {};
    else first = step.value;
  } catch (cause) {
    end = { cause };
  }
  // The first chunk is enough, nearly always: it needs no copy.
  if (first?.length && isEnough(first)) return toPeeked(first, iterator, end);
  // A copy: a reader of a file uses its buffer again. Most small bodies end here.
  if (first) first = new Uint8Array(first);
  let buffer: ByteBuffer | undefined;
  let askAt = Math.max(1, 2 * (first?.length ?? 0));
  while (!end) {
    try {
      const step = await iterator.next();
      if (step.done) end = {};
      else {
        if (!buffer) {
          buffer = createByteBuffer();
          if (first) buffer.append(first);
        }
        buffer.append(step.value);
      }
    } catch (cause) {
      end = { cause };
    }
    if (!buffer || buffer.length < askAt) continue;
    if (isEnough(buffer.bytes())) break;
    askAt = 2 * buffer.length;
  }
  return toPeeked(buffer?.bytes() ?? first ?? new Uint8Array(), iterator, end);
}

function toPeeked(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
  end: { readonly cause?: unknown } | undefined,
): PeekedBody {
  const isWhole = end !== undefined && !("cause" in end);
  return { head, body: replay(head, iterator, end), isWhole };
}

/** Returns the beginning, then the rest. Not a generator, which takes three turns more for each chunk. */
function replay(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
  end: { readonly cause?: unknown } | undefined,
): AsyncIterable<Uint8Array> {
  let isHeadRead = head.length === 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (!isHeadRead) {
          isHeadRead = true;
          return { done: false, value: head };
        }
        if (end && "cause" in end) throw end.cause;
        return end ? { done: true, value: undefined } : iterator.next();
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
