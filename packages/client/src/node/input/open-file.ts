import type { Stats } from "node:fs";
import { constants } from "node:fs/promises";
import { basename } from "node:path";
import { invalidInput } from "../../errors/problem-messages.ts";
import { type ByteSource, maxChunkBytes } from "../../media/byte-source.ts";
import { isBase64Image } from "../../media/data-uri.ts";
import { nodeFiles } from "../files/durable-file.ts";
import type { ClientFiles, OpenFile } from "../surroundings.ts";

/**
 * Opens a file for reading in chunks and keeps it open: a file that takes its name later is not sent by mistake. A
 * file that is modified while it is sent is noticed before the form is complete.
 *
 * @param field the parameter that the path came from, named in errors
 * @throws {InvalidInputError} (`not-sent`) for a path that is missing, unreadable, or not a regular file
 */
export async function openPath(
  path: string,
  field = "image",
  files: Pick<ClientFiles, "open"> = nodeFiles,
): Promise<ByteSource> {
  const name = basename(path);
  const shown = name.length > 255 ? `${name.slice(0, 40)}...` : name;
  const fail: Fail = (code, detail, cause) => {
    // The system's own error quotes the path, and one as long as no file system allows may be an image.
    const isLong = path.length > 4096;
    return invalidInput(field, code, { detail: `(${shown}) ${detail}` }, isLong ? undefined : cause);
  };
  if (path === "" || path.includes("\0")) {
    const detail = "is not a path: it is empty or contains a null character.";
    throw invalidInput(field, "invalid_path", { detail });
  }
  const file = await openRegular(path, fail, files).catch((error: unknown) => {
    if (!isBase64Image(path)) throw error;
    const hint = "Put `data:image/png;base64,` before it, or give the path of a file.";
    const detail = `is the base64 text of an image, not a path. ${hint}`;
    throw invalidInput(field, "invalid_path", { detail });
  });
  const first = await exactFacts(file);
  const opened: OpenedFile = { file, first, byteLength: Number(first.size), fail };
  return {
    byteLength: opened.byteLength,
    name,
    async slice(start, end) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, opened.byteLength) - start));
      return bytes.subarray(0, await readFully(opened, bytes, start));
    },
    chunks: () => readChunks(opened),
    close: () => file.close(),
  };
}

type FileCode = "file_not_found" | "file_unreadable" | "not_a_file" | "changed";
type Fail = (code: FileCode, detail: string, cause?: unknown) => Error;

interface OpenedFile {
  readonly file: OpenFile;
  readonly first: ExactFacts;
  readonly byteLength: number;
  readonly fail: Fail;
}

/** What shows that a file was changed. Another file system than Node's may ignore `bigint`. */
interface ExactFacts {
  readonly size: number | bigint;
  readonly mtimeMs: number | bigint;
  readonly mtimeNs?: bigint | undefined;
}

function exactFacts(file: OpenFile): Promise<ExactFacts> {
  return (file.stat as (options: { readonly bigint: true }) => Promise<ExactFacts>).call(file, {
    bigint: true,
  });
}

async function openRegular(path: string, fail: Fail, files: Pick<ClientFiles, "open">): Promise<OpenFile> {
  let file: OpenFile;
  try {
    // Non-blocking, because opening a pipe without a writer would wait forever.
    file = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const code = codeOf(cause);
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    throw fail(isMissing ? "file_not_found" : "file_unreadable", openProblem(code), cause);
  }
  const stats = await file.stat();
  if (stats.isFile()) return file;
  await file.close();
  throw fail("not_a_file", `is ${kindOf(stats as Stats)}. Give the path of an image file.`);
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a pipe";
  return stats.isCharacterDevice() || stats.isBlockDevice() ? "a device" : "not a file";
}

function openProblem(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "does not exist. Check the path.";
    case "EACCES":
    case "EPERM":
      return `may not be read (${code}). Change its permissions.`;
    case "ENXIO":
      return "is a socket or a device. Give the path of an image file.";
    case "EMFILE":
    case "ENFILE":
      return `cannot be opened: too many files are open (${code}). Edit fewer images at a time.`;
    default:
      return `cannot be opened${code ? ` (${code})` : ""}. Check the path.`;
  }
}

/** Reads the next chunk into one buffer while the previous one is sent from the other. */
async function* readChunks(opened: OpenedFile): AsyncGenerator<Uint8Array> {
  const { byteLength, fail } = opened;
  await failOnChange(opened);
  const buffers = takeBuffers(byteLength);
  const read = async (start: number): Promise<Uint8Array> => {
    const [even, odd] = buffers;
    const buffer = (start / maxChunkBytes) % 2 === 0 ? even : odd;
    const bytes = buffer.subarray(0, Math.min(maxChunkBytes, byteLength - start));
    if ((await readFully(opened, bytes, start)) < bytes.byteLength) throw fail(...changed);
    return bytes;
  };
  let ahead = byteLength > 0 ? read(0) : undefined;
  try {
    for (let start = 0; ahead; start += maxChunkBytes) {
      const chunk = await ahead;
      const next = start + maxChunkBytes;
      ahead = next < byteLength ? read(next) : undefined;
      // A caller that stops early never awaits it.
      ahead?.catch(() => undefined);
      // Checked before the last chunk is sent, so that the form of a changed file is never complete.
      if (!ahead) await failOnChange(opened);
      yield chunk;
    }
  } finally {
    // A pending read still writes into its buffer.
    await ahead?.catch(() => undefined);
    if (buffers[1].length > 0 && freeBuffers.length < 4) freeBuffers.push(buffers);
  }
}

async function readFully(opened: OpenedFile, bytes: Uint8Array, start: number): Promise<number> {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const reading = opened.file.read(bytes, filled, bytes.byteLength - filled, start + filled);
    const { bytesRead } = await reading.catch((cause: unknown) => {
      const code = codeOf(cause);
      throw opened.fail(
        "file_unreadable",
        `cannot be read${code ? ` (${code})` : ""}. Check the file.`,
        cause,
      );
    });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

const changed = ["changed", "was changed while it was being sent. Edit again once it is at rest."] as const;

async function failOnChange({ file, first, fail }: OpenedFile): Promise<void> {
  const now = await exactFacts(file);
  const isSame = now.size === first.size && now.mtimeMs === first.mtimeMs && now.mtimeNs === first.mtimeNs;
  if (!isSame) throw fail(...changed);
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code;
}

type Buffers = readonly [Uint8Array, Uint8Array];

/** Files are usually sent one after the other, so a few pairs serve all of them. */
const freeBuffers: Buffers[] = [];

/** Returns two buffers, or one for a file of one chunk: hundreds of small files may be sent concurrently. */
function takeBuffers(byteLength: number): Buffers {
  if (byteLength <= maxChunkBytes) return [new Uint8Array(byteLength), new Uint8Array(0)];
  return freeBuffers.pop() ?? [new Uint8Array(maxChunkBytes), new Uint8Array(maxChunkBytes)];
}
