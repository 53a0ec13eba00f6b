import { dirname, resolve } from "node:path";
import { extensionOf } from "../../media/format.ts";
import type { ImageInfo } from "../../media/image-info.ts";
import { inspectImage } from "../../media/inspect-image.ts";
import type { ImageStore, StoredImage } from "../../response/image-store.ts";
import type { ImageFileInfo, ImageFilesOptions } from "../options.ts";
import type { ClientFiles } from "../surroundings.ts";
import { nodeFiles, placeFile } from "./durable-file.ts";
import { createImageFile, type ImageFile } from "./image-file.ts";
import { refusedName } from "./refused-name.ts";

/**
 * Creates a store that writes each image to its own temporary file while it arrives. The file gets its name, with the
 * extension of its bytes, once it is complete and on disk. An image that cannot be written stays in memory, and its
 * `problem` says why.
 */
export function createImageFileStore(
  { directory, pathFor, overwrite }: ImageFilesOptions,
  files: ClientFiles = nodeFiles,
): ImageStore {
  const target = resolve(directory);
  const uncommitted = new Set<ImageFile>();
  let current: ImageFile | undefined;
  let count = 0;
  let directoryReady: Promise<unknown> | undefined;

  const isUncommitted = (image: StoredImage): image is ImageFile => uncommitted.has(image as ImageFile);

  async function commit(image: ImageFile): Promise<void> {
    uncommitted.delete(image);
    const info = await inspectImage(image);
    const index = ++count;
    const path = resolve(target, (pathFor ?? defaultName)(toFileInfo(index, info)));
    await image.commit(path, async (temporary) => {
      // Windows would take a device's name, write the image to nowhere, and report no error.
      const reason = refusedName(path);
      if (reason !== undefined) throw new Error(reason);
      return placeFile(temporary, path, { overwrite: overwrite ?? false }, files);
    });
  }

  return {
    open() {
      if (!directoryReady) {
        directoryReady = files.makeDirectory(target);
        // Reported by the first write, which may come later: until then nothing awaits it.
        directoryReady.catch(() => undefined);
      }
      current = createImageFile(target, directoryReady, files);
      uncommitted.add(current);
      return current;
    },
    async flush() {
      for (const image of uncommitted) await image.flush({ isComplete: image !== current });
    },
    async commit(images: readonly StoredImage[]) {
      for (const image of images) if (isUncommitted(image)) await commit(image);
      // Once for all of them. A file system may refuse it: the files are complete, only their names may be lost.
      const directories = new Set(images.flatMap(({ path }) => (path === undefined ? [] : dirname(path))));
      for (const directory of directories) await files.syncDirectory(directory).catch(() => undefined);
    },
    async close({ retain }) {
      for (const image of uncommitted) await image.remove({ retain });
      uncommitted.clear();
    },
  };
}

function toFileInfo(index: number, { format, mediaType, widthPx, heightPx }: ImageInfo): ImageFileInfo {
  return { index, extension: extensionOf(format), mediaType, widthPx, heightPx };
}

function defaultName({ index, extension }: ImageFileInfo): string {
  return `edit-${index}.${extension}`;
}
