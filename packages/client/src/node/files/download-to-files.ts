import type { EditedImage } from "../../edited-image.ts";
import { isRetouchError, type Problem } from "../../errors/errors.ts";
import type { ImageStore, StoredImage } from "../../response/image-store.ts";
import type { FileImage } from "../options.ts";

/**
 * Downloads images that a response gave only as URLs, and writes them to files. One that cannot be downloaded keeps its
 * URL and becomes a warning, because the others were billed too. An abort is rethrown.
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
      if (stored.problem !== undefined)
        warnings.push(warn(index, { code: "write_failed", message: stored.problem }));
    } catch (error) {
      if (!isRetouchError(error)) throw error;
      warnings.push(warn(index, error));
    }
  }
  await store.close?.({ retain: false });
  return { images: result, warnings };
}

function warn(
  index: number,
  { code, message, params }: Pick<Problem, "code" | "message" | "params">,
): Problem {
  return { severity: "warning", field: `images[${index}]`, code, message, params };
}

/** Returns a result image with the path of its file. The path is known only after the image was created. */
export function toFileImage(image: EditedImage, source: Pick<StoredImage, "path"> | undefined): FileImage {
  return Object.defineProperty(image, "path", {
    get: () => source?.path,
    enumerable: true,
    configurable: true,
  });
}
