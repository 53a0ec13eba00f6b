import type { EditedImage } from "../../edited-image.ts";
import { isRetouchError, type Problem } from "../../errors/errors.ts";
import type { ImageStore, StoredImage } from "../../response/image-store.ts";
import type { FileImage } from "../options.ts";

/**
 * Fetches pictures that an answer only named, and writes them to files as well. One that can not be fetched keeps its
 * URL and becomes a warning: the others were paid for too. An abort passes.
 */
export async function fetchToFiles(
  images: readonly FileImage[],
  store: ImageStore,
  signal?: AbortSignal,
): Promise<{ readonly images: readonly FileImage[]; readonly warnings: readonly Problem[] }> {
  const warnings: Problem[] = [];
  const result: FileImage[] = [];
  for (const [index, image] of images.entries()) {
    result.push(image);
    if (image.path !== undefined || image.url === undefined) continue;
    try {
      const bytes = await image.bytes({ signal });
      const stored = store.open();
      stored.write(bytes);
      await store.flush?.();
      await store.commit?.([stored]);
      toFileImage(image, stored);
      if (stored.problem !== undefined) warnings.push(warn(index, "write_failed", stored.problem));
    } catch (error) {
      if (!isRetouchError(error)) throw error;
      warnings.push(warn(index, error.code, error.message));
    }
  }
  await store.close?.({ retain: false });
  return { images: result, warnings };
}

function warn(index: number, code: string, message: string): Problem {
  return { severity: "warning", field: `images[${index}]`, code, message };
}

/** Tells where a picture lies. Its file gets its name later than the picture is made. */
export function toFileImage(image: EditedImage, source: Pick<StoredImage, "path"> | undefined): FileImage {
  return Object.defineProperty(image, "path", {
    get: () => source?.path,
    enumerable: true,
    configurable: true,
  });
}
