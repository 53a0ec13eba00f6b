/** One uploaded image, validated. */
export interface EditImage {
  bytes: Uint8Array;
  mediaType: string;
  /** Stored size, before EXIF orientation. */
  widthPx: number;
  heightPx: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

/** Job of the renderer: a valid request with its defaults filled in. */
export interface EditJob {
  model?: string;
  prompt: string;
  /** In the order of the form; the first image is edited. */
  images: EditImage[];
  mask?: EditImage;
  /** Size of the result. */
  widthPx: number;
  heightPx: number;
  /** `png`, `jpeg`, `webp`, `gif` or `svg`. */
  outputFormat: string;
  /** Number of frames of a GIF, and how long each shows. */
  frameCount: number;
  frameDurationMs: number;
  /** 0 to 100, for jpeg and webp. */
  outputCompression?: number;
  /** `auto`, `opaque` or `transparent`. */
  background: string;
}

/** One image of a job. */
export interface RenderTarget {
  /** 0 to n - 1; each one looks different. */
  index: number;
  /** 1 is the completed image, less is a blurred preview of it. */
  detail: number;
}

/** Renders one result image and returns its encoded bytes. The same input gives the same bytes. */
export type RenderEdit = (job: EditJob, target: RenderTarget) => Promise<Uint8Array>;

/** Decoded pixels: RGBA, 8 bits each, not premultiplied, rows from the top. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** Image codec of a platform, for PNG, JPEG and WebP. */
export interface ImageCodec {
  /** Decodes an image upright, stretched to `size` if given. Throws when it cannot be decoded. */
  decode(bytes: Uint8Array, size?: { width: number; height: number }): Promise<Pixels>;
  encode(pixels: Pixels, format: string, compression?: number): Promise<Uint8Array>;
}
