import { readBlob } from "../media/blob-like.ts";

const maxChunkChars = 1024 * 1024;

/** Queue that passes what a browser reports of a response to its reader, as bytes. */
export interface ChunkQueue {
  /** Appends the new part of `text`, which is everything that has arrived so far. */
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
        if (typeof chunk === "string") yield encoder.encode(chunk);
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

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < blob.size; start += maxChunkChars) {
    yield new Uint8Array(await readBlob(blob.slice(start, start + maxChunkChars)));
  }
}
