import { isNode } from "../../transport/fetch-body.ts";

/** What shows whether other code may hold the chunks of a stream. */
interface ChunkSource {
  readonly httpVersionMajor?: number | undefined;
  listenerCount?(event: "data"): number;
}

/** Freeing a smaller chunk takes longer than it saves. */
const minBytes = 16_384;

/**
 * Returns what is called with each chunk of a stream once it was copied, and frees its memory when the next one was. V8 does
 * that only after 64 MiB of chunks, which are other pages each time: a form of 24 MiB took a quarter more CPU. Chunks that
 * other code may hold are left alone: those with another listener, of a stream whose methods were replaced as monitoring tools
 * do, of HTTP/2, where they share memory, and parts of a larger buffer.
 */
export function createChunkRelease(stream: object): (chunk: Uint8Array) => void {
  const source = stream as ChunkSource;
  const isPlain =
    isNode() &&
    source.httpVersionMajor === 1 &&
    !["on", "addListener", "emit", "push", "read"].some((name) => Object.hasOwn(stream, name));
  let last: Uint8Array | undefined;
  return (chunk) => {
    // Not the chunk itself: the parser of HTTP may not be done with it.
    if (last) free(last);
    const isAlone = isPlain && source.listenerCount?.("data") === 1;
    last = isAlone && chunk.length >= minBytes ? chunk : undefined;
  };
}

function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength === buffer.byteLength)
    (buffer as { transferToFixedLength?(byteLength: number): unknown }).transferToFixedLength?.(0);
}
