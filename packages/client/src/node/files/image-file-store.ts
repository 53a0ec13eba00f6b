import { resolve } from "node:path";
import { extensionOf } from "../../media/format.ts";
import { type ImageFacts, inspectImage } from "../../media/inspect-image.ts";
import type { PictureStore, StoredPicture } from "../../response/image-store.ts";
import { placeFile } from "./durable-file.ts";
import { createFilePicture, type FilePicture } from "./image-file.ts";
import { makeFolder } from "./make-folder.ts";

/** What a file can be named after. */
export interface PictureFileFacts {
  /** The picture's place in the answer, from 1. */
  readonly index: number;
  /** Follows the bytes: `png`, `jpg`, `webp`, ... and `bin` for what is no picture. */
  readonly extension: string;
  readonly mediaType: string;
  readonly widthPx?: number | undefined;
  readonly heightPx?: number | undefined;
}

/** Configures where the pictures of an answer are written. */
export interface PictureFilesOptions {
  /** The folder for the results, made when it is missing, and for their temporary files. */
  readonly directory: string;
  /** Names a file, relative to `directory` or absolute; by default `edit-1.png`, `edit-2.png`, ... */
  readonly pathFor?: ((picture: PictureFileFacts) => string) | undefined;
  /** Replaces files that exist. Otherwise a taken name gets a number: `edit-1-2.png`. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Creates a store that writes each picture to its own file while it arrives: to a temporary file first, which gets its
 * name, with the extension of its bytes, once it is whole and on the disk. A picture that can not be written is kept
 * in memory, and says so in `problem`.
 */
export function createPictureFiles({ directory, pathFor, overwrite }: PictureFilesOptions): PictureStore {
  const folder = resolve(directory);
  const waiting = new Set<FilePicture>();
  let current: FilePicture | undefined;
  let count = 0;
  let made: Promise<unknown> | undefined;

  const isWaiting = (picture: StoredPicture): picture is FilePicture => waiting.has(picture as FilePicture);

  async function place(picture: FilePicture): Promise<void> {
    waiting.delete(picture);
    const facts = await inspectImage(picture);
    const index = ++count;
    const path = resolve(folder, (pathFor ?? defaultName)(describe(index, facts)));
    await picture.place(path, (temporary) => placeFile(temporary, path, overwrite ?? false));
  }

  return {
    open() {
      made ??= makeFolder(folder);
      current = createFilePicture(folder, made);
      waiting.add(current);
      return current;
    },
    async drain() {
      for (const picture of waiting) await picture.drain(picture !== current);
    },
    async settle(pictures: readonly StoredPicture[]) {
      for (const picture of pictures) if (isWaiting(picture)) await place(picture);
    },
    async end(keepBytes) {
      for (const picture of waiting) await picture.discard(keepBytes);
      waiting.clear();
    },
  };
}

function describe(index: number, { format, mediaType, widthPx, heightPx }: ImageFacts): PictureFileFacts {
  return { index, extension: extensionOf(format), mediaType, widthPx, heightPx };
}

function defaultName({ index, extension }: PictureFileFacts): string {
  return `edit-${index}.${extension}`;
}
