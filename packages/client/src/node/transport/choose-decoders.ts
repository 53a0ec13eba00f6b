import type { Transform } from "node:stream";
import { formatOf } from "../../media/format.ts";
import { zlib } from "../builtins.ts";

// Lenient, as browsers and curl are: some servers flush a compressed stream and never finish it.
const flush = () => {
  const { Z_SYNC_FLUSH } = zlib().constants;
  return { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH };
};
const brotliFlush = () => {
  const { BROTLI_OPERATION_FLUSH } = zlib().constants;
  return { flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH };
};

type CreateDecoder = () => Transform;
const gunzip: CreateDecoder = () => zlib().createGunzip(flush());
const inflate: CreateDecoder = () => zlib().createInflate(flush());
const inflateRaw: CreateDecoder = () => zlib().createInflateRaw(flush());
const brotli: CreateDecoder = () => zlib().createBrotliDecompress(brotliFlush());
/** Missing from Node 20 and early 22. */
const zstd = (): CreateDecoder[] => {
  const { createZstdDecompress } = zlib() as { createZstdDecompress?: CreateDecoder };
  return createZstdDecompress ? [() => createZstdDecompress()] : [];
};

/** The decoders of a coding, in the order in which they are tried: `deflate` is sent with and without its wrapper. */
export const decoders: Readonly<Record<string, () => readonly CreateDecoder[]>> = {
  gzip: () => [gunzip, inflate],
  "x-gzip": () => [gunzip, inflate],
  deflate: () => [inflate, inflateRaw],
  br: () => [brotli],
  zstd,
};

/** Returns the decoders to try, or `undefined` if the bytes are not encoded. */
export function chooseDecoders(head: Buffer, coding: string): readonly CreateDecoder[] | undefined {
  if (begins(head, [0x1f, 0x8b, 8])) return [gunzip];
  if (begins(head, [0x28, 0xb5, 0x2f, 0xfd]) && zstd().length > 0) return zstd();
  if (coding === "" || isPlain(head)) return undefined;
  return decoders[coding]?.();
}

function begins(head: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, at) => head[at] === byte);
}

/** Returns whether a body that is labeled as compressed is not: compressed bytes are not text for long. */
function isPlain(head: Buffer): boolean {
  return (
    !/^(?:unknown|bmp)$/.test(formatOf(head)) ||
    /^(?:\xef\xbb\xbf)?[\t\n\r -~]*$/.test(head.toString("latin1"))
  );
}
