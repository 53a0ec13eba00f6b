/** Result pictures that the mock serves itself, for answers by URL. */
export interface PictureStore {
  /** Keeps a picture and returns its path. */
  add(bytes: Uint8Array, mediaType: string): string;
  get(path: string): { bytes: Uint8Array; mediaType: string } | undefined;
  clear(): void;
}

/** Where result pictures live, below the mock's root. */
export const picturesPath = "/mock/images/";
const mostPictures = 64;

/** Keeps the latest 64 pictures. */
export function createPictureStore(): PictureStore {
  const pictures = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  let count = 0;
  return {
    add(bytes, mediaType) {
      count += 1;
      const path = `${picturesPath}${count}.${mediaType.replace("image/", "").replace("jpeg", "jpg")}`;
      pictures.set(path, { bytes, mediaType });
      const [oldest] = pictures.keys();
      if (pictures.size > mostPictures && oldest !== undefined) pictures.delete(oldest);
      return path;
    },
    get: (path) => pictures.get(path),
    clear() {
      pictures.clear();
      count = 0;
    },
  };
}
