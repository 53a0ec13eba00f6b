import { resolve } from "node:path";
import type { ImageFacts } from "../../media/facts.ts";
import { extensionOf } from "../../media/format.ts";
import { inspectImage } from "../../media/inspect-image.ts";
import type { PictureStore, StoredPicture } from "../../response/image-store.ts";
import type { PictureFileFacts, PictureFilesOptions } from "../options.ts";
import { makeFolder, placeFile } from "./durable-file.ts";
import { createFilePicture, type FilePicture } from "./image-file.ts";

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
