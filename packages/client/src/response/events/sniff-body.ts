/** A body whose beginning was inspected and that still yields all of its bytes. */
export interface SniffedBody {
  /** Whether it is an event stream rather than one document: JSON, HTML, nothing, or unknown content. */
  readonly isStream: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The first character of an event stream: of a comment, a field name, or a meaningless line (`pong`, a chunk length)
 * that billed events can follow. Documents and image files begin differently.
 */
const streamStart = /[:\da-z]/;

/** Whitespace, and the bytes of a byte order mark. */
const skipped: readonly number[] = [9, 10, 13, 32, 0xef, 0xbb, 0xbf];

/** Returns the body with its kind, determined by its first byte that is not whitespace: JSON if `stream` is ignored. */
export async function sniffBody(body: AsyncIterable<Uint8Array>): Promise<SniffedBody> {
  const iterator = body[Symbol.asyncIterator]();
  const steps: (() => Promise<IteratorResult<Uint8Array>>)[] = [];
  let first: number | undefined;
  try {
    while (first === undefined) {
      const step = await iterator.next();
      steps.push(async () => step);
      if (step.done) break;
      // An image begins with another byte, and may have a letter soon after.
      first = step.value.find((byte) => !skipped.includes(byte));
    }
  } catch (error) {
    // Rethrown where the body is read, which salvages what arrived before.
    steps.push(() => Promise.reject(error));
  }
  return {
    isStream: first !== undefined && streamStart.test(String.fromCharCode(first)),
    body: {
      [Symbol.asyncIterator]: () => ({
        next: () => (steps.shift() ?? (() => iterator.next()))(),
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      }),
    },
  };
}
