/** Store of result images that the mock serves for responses with URLs. */
export interface ImageStore {
  /** Stores an image of an output format and returns its path. */
  add(bytes: Uint8Array, format: string): string;
  get(path: string): { bytes: Uint8Array; mediaType: string } | undefined;
  clear(): void;
}

/** Returns the media type of an output format. */
export function mediaTypeOf(format: string): string {
  return format === "svg" ? "image/svg+xml" : `image/${format}`;
}

/** Path of the result images, below the root of the mock. */
export const imagesPath = "/mock/images/";
const maxImages = 64;

/** Creates a store of the latest 64 images. */
export function createImageStore(): ImageStore {
  const images = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  let count = 0;
  return {
    add(bytes, format) {
      count += 1;
      const path = `${imagesPath}${count}.${format.replace("jpeg", "jpg")}`;
      images.set(path, { bytes, mediaType: mediaTypeOf(format) });
      const [oldest] = images.keys();
      if (images.size > maxImages && oldest !== undefined) images.delete(oldest);
      return path;
    },
    get: (path) => images.get(path),
    clear() {
      images.clear();
      count = 0;
    },
  };
}
