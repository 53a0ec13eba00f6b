import { createImageScanner } from "../response/image-scanner.ts";
import { memoryStore, type StoredImage } from "../response/image-store.ts";
import type { TransportResponse } from "../transport/transport.ts";

/** The beginning of a response, which still yields all of its bytes. */
export interface HeldBody {
  /** Its text, with a placeholder for each long base64 string. */
  readonly text: string;
  readonly images: ReadonlyMap<string, StoredImage>;
  /** Whether the text is the entire body. */
  readonly isComplete: boolean;
  /** What broke the connection meanwhile; `body` throws it at its end. */
  readonly cut: { readonly cause: unknown } | undefined;
  readonly bytes: readonly Uint8Array[];
  readonly body: TransportResponse["body"];
  /** Closes the connection of a body that is not read further. */
  close(): void;
}

/** What describes a task is shorter, even with its inputs; what is longer has images in it. */
const maxHeldBytes = 8_388_608;

/** Reads a response until it is certain what it describes: a task, which is a JSON document, or an image. Never rejects. */
export async function holdBody(body: TransportResponse["body"]): Promise<HeldBody> {
  const iterator = body[Symbol.asyncIterator]();
  const scanner = createImageScanner(memoryStore);
  const bytes: Uint8Array[] = [];
  let isComplete = false;
  let cut: HeldBody["cut"];
  try {
    for (let length = 0; length < maxHeldBytes && !isComplete; ) {
      const step = await iterator.next();
      if (step.done) isComplete = true;
      else {
        // Copied: a reader of a file uses its buffer again.
        const chunk = new Uint8Array(step.value);
        bytes.push(chunk);
        length += chunk.length;
        // An image, an event stream or a page: not for a scanner of JSON, and not a task.
        if (scanner.push(chunk) !== undefined || isOther(bytes)) break;
      }
    }
  } catch (cause) {
    cut = { cause };
  }
  return {
    text: scanner.end(),
    images: scanner.images,
    isComplete,
    cut,
    bytes,
    body: replay(bytes, iterator, isComplete, cut),
    close: () => void (async () => iterator.return?.())().catch(() => undefined),
  };
}

function isOther(bytes: readonly Uint8Array[]): boolean {
  for (const chunk of bytes) {
    for (const byte of chunk) {
      const isSkipped = byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte >= 0xbb;
      if (!isSkipped) return byte !== 123 && byte !== 91;
    }
  }
  return false;
}

async function* replay(
  bytes: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
  isComplete: boolean,
  cut: HeldBody["cut"],
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
    if (cut) throw cut.cause;
    if (isComplete) return;
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) yield step.value;
  } finally {
    await iterator.return?.();
  }
}
