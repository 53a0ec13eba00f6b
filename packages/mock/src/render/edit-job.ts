/** One uploaded picture, checked. */
export interface EditPicture {
  bytes: Uint8Array;
  mediaType: string;
  /** Stored size, before EXIF orientation. */
  widthPx: number;
  heightPx: number;
  /** EXIF orientation, 1 to 8. */
  orientation: number;
}

/** What is to be painted: a valid request, its defaults resolved. */
export interface EditJob {
  model?: string;
  prompt: string;
  /** In the order of the form; the first one is edited. */
  images: EditPicture[];
  mask?: EditPicture;
  /** Size of the result. */
  widthPx: number;
  heightPx: number;
  /** `png`, `jpeg` or `webp`. */
  outputFormat: string;
  /** 0 to 100, for jpeg and webp. */
  outputCompression?: number;
  /** `auto`, `opaque` or `transparent`. */
  background: string;
}

/** Which picture of a job. */
export interface RenderTurn {
  /** 0 to n - 1; each one looks different. */
  index: number;
  /** 1 is the finished picture, less is a blurred preview of it. */
  detail: number;
}

/** Paints one result picture and returns its encoded bytes. The same input gives the same bytes. */
export type RenderEdit = (job: EditJob, turn: RenderTurn) => Promise<Uint8Array>;

/** Unpacked pixels: RGBA, 8 bits each, not premultiplied, rows from the top. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** What a platform offers for pictures. */
export interface PixelKit {
  /** Unpacks a picture upright, stretched to `size` when given. Throws when it can not be decoded. */
  decode(bytes: Uint8Array, size?: { width: number; height: number }): Promise<Pixels>;
  encode(pixels: Pixels, format: string, compression?: number): Promise<Uint8Array>;
}
