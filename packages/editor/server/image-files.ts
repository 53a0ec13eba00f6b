import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";

/** An image of the command line. */
export interface ImageFile {
  /** The file name without directories. */
  readonly name: string;
  /** Reads it as it is now: what is not an image any more is refused, and never served as what it is. */
  read(): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string }>;
}

/** The formats that the page opens, by the first bytes as Latin-1. */
const formats = [
  ["image/png", /^\x89PNG\r\n.\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/webp", /^RIFF.{4}WEBP/s],
] as const;

/**
 * Opens an image of the command line. It is read when the page asks for it.
 *
 * @throws RangeError for a file that the page cannot open; its message begins with `named`.
 */
export async function openImageFile(file: string): Promise<ImageFile> {
  const absolute = path.resolve(file);
  const readImage = async <Bytes extends Uint8Array>(read: (handle: FileHandle) => Promise<Bytes>) => {
    const bytes = await readRegularFile(absolute, file, read);
    const mediaType = mediaTypeOf(Buffer.from(bytes.subarray(0, 16)).toString("latin1"));
    if (mediaType !== undefined) return { bytes, mediaType };
    throw new RangeError(`\`${file}\` is not a PNG, JPEG or WebP image. Convert it, or give another file.`);
  };
  await readImage(async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  });
  return { name: path.basename(absolute), read: () => readImage((handle) => handle.readFile()) };
}

function mediaTypeOf(head: string): string | undefined {
  return formats.find(([, signature]) => signature.test(head))?.[0];
}

async function readRegularFile<Bytes>(
  absolute: string,
  file: string,
  read: (handle: FileHandle) => Promise<Bytes>,
): Promise<Bytes> {
  try {
    // A pipe without a writer would be waited for.
    const handle = await open(absolute, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = await handle.stat();
      if (stat.isDirectory())
        throw new RangeError(
          `\`${file}\` is a directory. Name the images in it: \`${path.join(file, "*.png")}\`.`,
        );
      if (!stat.isFile())
        throw new RangeError(`\`${file}\` is not a regular file. Save the image to a file first.`);
      return await read(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR")
      throw new RangeError(`\`${file}\` is a directory. Name the images in it.`, { cause: error });
    const seen = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new RangeError(`\`${file}\` ${seen}. Check the path.`, { cause: error });
  }
}
