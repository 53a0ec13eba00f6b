import { resolve } from "node:path";
import type { ImageFacts } from "../../media/facts.ts";
import { extensionOf } from "../../media/format.ts";
import { inspectImage } from "../../media/inspect-image.ts";
import type { ImageStore, StoredImage } from "../../response/image-store.ts";
import type { ImageFileFacts, ImageFilesOptions } from "../options.ts";
import { commitFile, makeDirectory } from "./durable-file.ts";
import { createImageFile, type ImageFile } from "./image-file.ts";

/**
 * Creates a store that writes each image to its own temporary file while it arrives. The file gets its name, with the
 * extension of its bytes, once it is complete and on disk. An image that cannot be written stays in memory, and its
 * `problem` says why.
 */
export function createImageFileStore({ directory, pathFor, overwrite }: ImageFilesOptions): ImageStore {
  const target = resolve(directory);
  const waiting = new Set<ImageFile>();
  let current: ImageFile | undefined;
  let count = 0;
  let made: Promise<unknown> | undefined;

  const isWaiting = (image: StoredImage): image is ImageFile => waiting.has(image as ImageFile);

  async function place(image: ImageFile): Promise<void> {
    waiting.delete(image);
    const facts = await inspectImage(image);
    const index = ++count;
    const path = resolve(target, (pathFor ?? defaultName)(describe(index, facts)));
    await image.place(path, (temporary) =>
      commitFile(temporary, path, { overwrite: overwrite ?? false, ignoreSyncErrors: true }),
    );
  }

  return {
    open() {
      if (!made) {
        made = makeDirectory(target);
        // Reported by the first write, which may come later: until then nothing awaits it.
        made.catch(() => undefined);
      }
      current = createImageFile(target, made);
      waiting.add(current);
      return current;
    },
    async flush() {
      for (const image of waiting) await image.drain(image !== current);
    },
    async commit(images: readonly StoredImage[]) {
      for (const image of images) if (isWaiting(image)) await place(image);
    },
    async close({ retain }) {
      for (const image of waiting) await image.discard(retain);
      waiting.clear();
    },
  };
}

function describe(index: number, { format, mediaType, widthPx, heightPx }: ImageFacts): ImageFileFacts {
  return { index, extension: extensionOf(format), mediaType, widthPx, heightPx };
}

function defaultName({ index, extension }: ImageFileFacts): string {
  return `edit-${index}.${extension}`;
}
