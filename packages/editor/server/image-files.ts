import { open, readFile } from "node:fs/promises";
import path from "node:path";

/** An image of the command line. */
export interface ImageFile {
  /** The file name without directories. */
  readonly name: string;
  readonly mediaType: string;
  read(): Promise<Uint8Array>;
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
  const mediaType = mediaTypeOf(await readHead(absolute, file));
  if (mediaType === undefined)
    throw new RangeError(`\`${file}\` is not a PNG, JPEG or WebP image. Convert it, or give another file.`);
  return { name: path.basename(absolute), mediaType, read: () => readFile(absolute) };
}

function mediaTypeOf(head: string): string | undefined {
  return formats.find(([, signature]) => signature.test(head))?.[0];
}

async function readHead(absolute: string, file: string): Promise<string> {
  try {
    const handle = await open(absolute);
    try {
      if ((await handle.stat()).isDirectory())
        throw new RangeError(
          `\`${file}\` is a directory. Name the images in it: \`${path.join(file, "*.png")}\`.`,
        );
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
      return buffer.toString("latin1", 0, bytesRead);
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
