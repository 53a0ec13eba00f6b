/** A body whose beginning was read and that still yields all of its bytes. */
export interface PeekedBody {
  /** The first bytes: at least as many as were asked for, unless the body is shorter or breaks off. */
  readonly head: Uint8Array;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads the beginning of a body until `isEnough`. A failure is reported where the body is read. */
export async function peekBody(
  source: AsyncIterable<Uint8Array>,
  isEnough: (head: Uint8Array) => boolean,
): Promise<PeekedBody> {
  const iterator = source[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  let end: { readonly cause?: unknown } | undefined;
  while (!end && !isEnough(head)) {
    try {
      const step = await iterator.next();
      if (step.done) end = {};
      else {
        // Copied: a reader of a file uses its buffer again.
        const longer = new Uint8Array(head.length + step.value.length);
        longer.set(head);
        longer.set(step.value, head.length);
        head = longer;
      }
    } catch (cause) {
      end = { cause };
    }
  }
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
