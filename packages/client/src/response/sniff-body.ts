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
  const sniffer = createSniffer();
  let isStream: boolean | undefined;
  try {
    while (isStream === undefined) {
      const step = await iterator.next();
      steps.push(async () => step);
      isStream = step.done ? sniffer.isField() : sniffer.push(step.value);
    }
  } catch (error) {
    isStream = sniffer.isField();
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

/** How the `data:` URI of an image begins, which may be a whole body: as a field, it would mean nothing. */
const imageUri = "data:image/";

/** Determines whether a body is an event stream while it arrives. */
export interface Sniffer {
  /** Looks at each byte once, and returns whether the body is a stream as soon as that is certain. */
  push(chunk: Uint8Array): boolean | undefined;
  /** Returns whether the last line begins with a field. */
  isField(): boolean;
}

/** Creates the sniffer of one body. */
export function createSniffer(): Sniffer {
  let isBlank = true;
  let line = "";
  let count = 0;
  const isField = (): boolean => /^(?:data|event|id|retry)?:/.test(line);
  return {
    isField,
    push(chunk) {
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
        if (isBreak) {
          if (isField()) return true;
          line = "";
        } else if (line.length < imageUri.length) {
          line += char;
          if (line === imageUri) return false;
          if (isField() && !imageUri.startsWith(line)) return true;
        }
      }
      return undefined;
    },
  };
}
