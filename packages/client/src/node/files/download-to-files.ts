import type { EditedImage } from "../../edited-image.ts";
import { isRetouchError, type Problem } from "../../errors/errors.ts";
import type { PictureStore, StoredPicture } from "../../response/image-store.ts";
import type { FileImage } from "../options.ts";

/**
 * Fetches pictures that an answer only named, and writes them to files as well. One that can not be fetched keeps its
 * URL and becomes a warning: the others were paid for too. An abort passes.
 */
export async function fetchToFiles(
  images: readonly FileImage[],
  store: PictureStore,
  signal?: AbortSignal,
): Promise<{ readonly images: readonly FileImage[]; readonly warnings: readonly Problem[] }> {
  const warnings: Problem[] = [];
  const result: FileImage[] = [];
  for (const [index, image] of images.entries()) {
    result.push(image);
    if (image.path !== undefined || image.url === undefined) continue;
    try {
      const bytes = await image.bytes({ signal });
      const picture = store.open();
      picture.write(bytes);
      await store.drain?.();
      await store.settle?.([picture]);
      toFileImage(image, picture);
      if (picture.problem !== undefined) warnings.push(warn(index, "not_written", picture.problem));
    } catch (error) {
      if (!isRetouchError(error)) throw error;
      warnings.push(warn(index, error.code, error.message));
    }
  }
  await store.end?.(false);
  return { images: result, warnings };
}

function warn(index: number, code: string, message: string): Problem {
  return { severity: "warning", field: `images[${index}]`, code, message };
}

/** Tells where a picture lies. Its file gets its name later than the picture is made. */
export function toFileImage(image: EditedImage, source: Pick<StoredPicture, "path"> | undefined): FileImage {
  return Object.defineProperty(image, "path", {
    get: () => source?.path,
    enumerable: true,
    configurable: true,
  });
}
