/** Store of result images that the mock serves for responses with URLs. */
export interface ImageStore {
  /** Stores an image and returns its path. */
  add(bytes: Uint8Array, mediaType: string): string;
  get(path: string): { bytes: Uint8Array; mediaType: string } | undefined;
  clear(): void;
}

/** Path of the result images, below the root of the mock. */
export const imagesPath = "/mock/images/";
const maxImages = 64;

/** Creates a store of the latest 64 images. */
export function createImageStore(): ImageStore {
  const images = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  let count = 0;
  return {
    add(bytes, mediaType) {
      count += 1;
      const path = `${imagesPath}${count}.${mediaType.replace("image/", "").replace("jpeg", "jpg")}`;
      images.set(path, { bytes, mediaType });
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
