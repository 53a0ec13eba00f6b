import type { Transform } from "node:stream";
import { chooseDecoders, decoders } from "./choose-decoders.ts";
import { readStream } from "./read-stream.ts";

/** More than one is rare, and more than two a mistake or an attack. */
const maxCodings = 4;
/** How many bytes a decoder may take before it returns any. */
const maxKeptBytes = 1_048_576;
/** What compresses better than this is neither an image nor its base64: it is made to fill memory and disks. */
const maxRatio = 100;
const maxSafeBytes = 67_108_864;
const headBytes = 32;

/** Error of a body that is not encoded as it says. */
class CodingError extends Error {
  override readonly name = "CodingError";
  readonly code: string;
  /** The bytes that were not decoded; more may follow in the source. */
  readonly rest: readonly Uint8Array[];

  constructor(code: string, rest: readonly Uint8Array[] = []) {
    super("The body is not encoded as its header says.");
    this.code = code;
    this.rest = rest;
  }
}

/**
 * Returns the codings of a `content-encoding` header in the order in which they are undone; none if one is unknown,
 * because the ones below it cannot be reached.
 */
export function codingsOf(header: string | undefined): readonly string[] {
  const names = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const isKnown = names.length <= maxCodings && names.every((name) => Object.hasOwn(decoders, name));
  return isKnown ? names.reverse() : [];
}

/**
 * Decodes a body whose codings were not requested. Servers and intermediaries apply them anyway, and label them wrongly:
 * the bytes decide where they can. What cannot be decoded is yielded as it came before the error is thrown, because it
 * was billed.
 */
export async function* decodeBody(
  chunks: AsyncGenerator<Uint8Array>,
  codings: readonly string[],
): AsyncGenerator<Uint8Array> {
  const source = createTap(chunks);
  let decoded: AsyncGenerator<Uint8Array> | undefined;
  let byteLength = 0;
  try {
    decoded = source.read();
    // Without a label, only what is certainly compressed is decoded.
    for (const [index, coding] of (codings.length > 0 ? codings : [""]).entries())
      decoded = decodeLayer(decoded, coding, index >= codings.length - 1);
    for await (const chunk of decoded) {
      source.forget();
      byteLength += chunk.length;
      if (byteLength > maxSafeBytes && byteLength > maxRatio * source.byteLength())
        throw new CodingError("ERR_COMPRESSION_RATIO");
      yield chunk;
    }
  } catch (error) {
    // Before anything was decoded, all of it is there as it came; afterwards, what could not be decoded is.
    yield* source.kept();
    if (error instanceof CodingError && error.code !== "ERR_COMPRESSION_RATIO") {
      if (byteLength > 0) yield* error.rest;
      yield* chunks;
    }
    throw error;
  } finally {
    await chunks.return(undefined);
  }
}

/** Creates a copy of a body that stays open when its reader stops, and that remembers its bytes until `forget`. */
function createTap(chunks: AsyncGenerator<Uint8Array>) {
  let kept: Uint8Array[] | undefined = [];
  let byteLength = 0;
  return {
    byteLength: () => byteLength,
    async *read(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const { done, value } = await chunks.next();
        if (done) return;
        byteLength += value.length;
        kept?.push(value);
        yield value;
      }
    },
    kept: () => kept ?? [],
    forget() {
      kept = undefined;
    },
  };
}

/** Undoes one coding. Unless it is the last one, it is skipped if the bytes are not encoded so. */
async function* decodeLayer(
  source: AsyncGenerator<Uint8Array>,
  coding: string,
  isLast: boolean,
): AsyncGenerator<Uint8Array> {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let hasOutput = false;
  let cut: { readonly error: unknown } | undefined;
  const next = async (): Promise<Uint8Array | undefined> => {
    if (cut) throw cut.error;
    const { done, value } = await source.next();
    if (done) return undefined;
    // Only the last one can still be undecoded once there is output.
    if (hasOutput) kept.length = 0;
    kept.push(value);
    keptBytes += value.length;
    if (!hasOutput && keptBytes > maxKeptBytes) throw new CodingError("ERR_NO_OUTPUT", kept);
    return value;
  };
  try {
    while (keptBytes < headBytes && !isDecided(kept, coding)) if (!(await next())) break;
  } catch (error) {
    // Thrown again once what came before it is decoded.
    cut = { error };
  }
  const head = Buffer.concat(kept);
  const candidates = chooseDecoders(head, coding);
  if (head.length === 0 || candidates === undefined) {
    yield* kept;
    if (cut) throw cut.error;
    yield* source;
    return;
  }
  let code = "ERR_CODING";
  for (const create of candidates) {
    try {
      for await (const chunk of decodeWith(create(), [...kept], next)) {
        hasOutput = true;
        yield chunk;
      }
      if (hasOutput) return;
    } catch (error) {
      const { code: zlibCode } = error as NodeJS.ErrnoException;
      if (error instanceof CodingError || !isDecodeError(zlibCode)) throw error;
      code = zlibCode ?? code;
      if (hasOutput) break;
    }
  }
  if (hasOutput || isLast) throw new CodingError(code, kept);
  yield* kept;
  if (cut) throw cut.error;
  yield* source;
}

/** Without a label, a first byte that begins no compressed format is enough: events must not wait. */
function isDecided(kept: readonly Uint8Array[], coding: string): boolean {
  const first = kept.find(({ length }) => length > 0);
  return coding === "" && first !== undefined && isPlainStart(first);
}

/** Returns whether a body that begins so is certainly in no format that is recognized without a label: gzip and zstd. */
export function isPlainStart(chunk: Uint8Array): boolean {
  return chunk[0] !== 0x1f && chunk[0] !== 0x28;
}

function isDecodeError(code: string | undefined): boolean {
  return code !== undefined && /^(?:Z_|ZSTD_|ERR_)/.test(code);
}

/** Decodes as far as possible: what came before a failure of the source is decoded first. */
async function* decodeWith(
  decoder: Transform,
  first: Uint8Array[],
  next: () => Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array> {
  const decoded = readStream(decoder);
  let cut: { readonly error: unknown } | undefined;
  const pump = async (): Promise<void> => {
    try {
      while (!decoder.destroyed) {
        const chunk = first.shift() ?? (await next());
        if (chunk === undefined) break;
        await new Promise<void>((resolve) => {
          decoder.once("close", resolve);
          decoder.write(chunk, () => {
            decoder.off("close", resolve);
            resolve();
          });
        });
      }
    } catch (error) {
      cut = { error };
    }
    decoder.end();
  };
  const pumping = pump();
  try {
    yield* decoded;
  } catch (error) {
    // It takes no further bytes: they are not lost to a decoder that failed.
    await pumping;
    throw cut ? cut.error : error;
  } finally {
    decoder.destroy();
  }
  if (cut) throw cut.error;
}
