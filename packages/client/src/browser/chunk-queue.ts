import { readBlob } from "../media/blob-like.ts";

const maxChunkChars = 1024 * 1024;

/** Queue that passes what a browser reports of a response to its reader, as bytes. */
export interface ChunkQueue {
  /** Appends the new part of `text`, which is everything that has arrived so far, decoded as `x-user-defined`. */
  pushText(text: string): void;
  pushBlob(blob: Blob): void;
  end(): void;
  fail(error: unknown): void;
  read(): AsyncGenerator<Uint8Array>;
}

export function createChunkQueue(): ChunkQueue {
  const waiting: (string | Blob)[] = [];
  let takenChars = 0;
  let over: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;
  const push = (chunk: string | Blob): void => {
    waiting.push(chunk);
    wake?.();
  };
  return {
    pushText(text) {
      while (takenChars < text.length) {
        let end = Math.min(text.length, takenChars + maxChunkChars);
        // Half of a surrogate pair is not a character: it waits for the other half.
        if (isHighSurrogate(text.charCodeAt(end - 1))) end--;
        if (end === takenChars) return;
        push(text.slice(takenChars, end));
        takenChars = end;
      }
    },
    pushBlob: push,
    end() {
      over ??= {};
      wake?.();
    },
    fail(error) {
      over ??= { error };
      wake?.();
    },
    async *read() {
      const encoder = new TextEncoder();
      while (true) {
        const chunk = waiting.shift();
        if (typeof chunk === "string") yield toBytes(chunk, encoder);
        else if (chunk) yield* chunksOf(chunk);
        else if (over) {
          if ("error" in over) throw over.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

/**
 * Returns the bytes of a text that was decoded as `x-user-defined`, in which a byte from 0x80 on is a character from
 * U+F780 on. A body with a byte order mark, and any body in a test environment, was decoded as UTF-8 instead.
 *
 * @see https://encoding.spec.whatwg.org/#x-user-defined-decoder
 */
function toBytes(text: string, encoder: TextEncoder): Uint8Array {
  if (!/[\uf780-\uf7ff]/.test(text) || /[^\0-\x7f\uf780-\uf7ff]/.test(text)) return encoder.encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < blob.size; start += maxChunkChars) {
    yield new Uint8Array(await readBlob(blob.slice(start, start + maxChunkChars)));
  }
}
