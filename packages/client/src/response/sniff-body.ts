/** A body whose beginning was inspected and that still yields all of its bytes. */
export interface SniffedBody {
  /** Whether it is an event stream rather than one document: JSON, HTML, an image, nothing, or unknown content. */
  readonly isStream: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How far the first field of a stream is searched for, among lines such as `pong` that mean nothing. */
const maxUndecidedBytes = 65_536;

/**
 * Returns the body with its kind, determined by its bytes: some servers stream unasked, ignore `stream`, or declare
 * either as something else. A stream is what has a line that begins with a field of server-sent events.
 */
export async function sniffBody(body: AsyncIterable<Uint8Array>): Promise<SniffedBody> {
  const iterator = body[Symbol.asyncIterator]();
  const steps: (() => Promise<IteratorResult<Uint8Array>>)[] = [];
  const sniff = createSniffer();
  let isStream: boolean | undefined;
  try {
    while (isStream === undefined) {
      const step = await iterator.next();
      steps.push(async () => step);
      isStream = step.done ? false : sniff(step.value);
    }
  } catch (error) {
    // Rethrown where the body is read, which salvages what arrived before.
    steps.push(() => Promise.reject(error));
  }
  return {
    isStream: isStream === true,
    body: {
      [Symbol.asyncIterator]: () => ({
        next: () => (steps.shift() ?? (() => iterator.next()))(),
        return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
      }),
    },
  };
}

/** Creates a function that looks at each byte once, and returns whether the body is a stream as soon as that is certain. */
function createSniffer(): (chunk: Uint8Array) => boolean | undefined {
  let isBlank = true;
  let line = "";
  let count = 0;
  return (chunk) => {
    for (const byte of chunk) {
      const isBreak = byte === 10 || byte === 13;
      // Whitespace and a byte order mark may come first.
      const isSkipped = byte === 32 || byte === 9 || isBreak || [0xef, 0xbb, 0xbf].includes(byte);
      if (count++ >= maxUndecidedBytes) return false;
      if (isBlank && isSkipped) continue;
      const char = String.fromCharCode(byte);
      // A comment, a field name, or a line without meaning. Documents and image files begin differently.
      if (isBlank && !/[:\da-z]/.test(char)) return false;
      isBlank = false;
      if (isBreak) line = "";
      else if (line.length < 6) {
        line += char;
        if (/^(?:data|event|id|retry)?:$/.test(line)) return true;
      }
    }
    return undefined;
  };
}
