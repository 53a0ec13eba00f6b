import type { EditedImage } from "../../edited-image.ts";
import type { StoredPicture } from "../../response/image-store.ts";
import type { FileImage } from "../options.ts";

/** Tells where a picture lies. Its file gets its name later than the picture is made. */
export function toFileImage(image: EditedImage, source: Pick<StoredPicture, "path"> | undefined): FileImage {
  return Object.defineProperty(image, "path", {
    get: () => source?.path,
    enumerable: true,
    configurable: true,
  });
}
