/** A body whose beginning was looked at, and that still gives all of it. */
export interface PeekedBody {
  /** Whether it is a stream of events, rather than one document: JSON, HTML, nothing, or what nobody knows. */
  readonly isStream: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * What an event stream begins with: a comment, the name of a field, or a line that means nothing (`pong`, a chunk's
 * length), behind which events that were paid for can come. Documents, and pictures themselves, begin otherwise.
 */
const streamStart = /[:\da-z]/;

/** Looks at a body's first byte that is no white space: servers that ignore `stream` answer with JSON. */
export async function sniffBody(body: AsyncIterable<Uint8Array>): Promise<PeekedBody> {
  const iterator = body[Symbol.asyncIterator]();
  const steps: (() => Promise<IteratorResult<Uint8Array>>)[] = [];
  let first: number | undefined;
  try {
    while (first === undefined) {
      const step = await iterator.next();
      steps.push(async () => step);
      if (step.done) break;
      // White space, and the bytes of a byte order mark.
      first = step.value.find((byte) => byte > 32 && byte < 128);
    }
  } catch (error) {
    // Told where the body is read, which saves what came before.
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
