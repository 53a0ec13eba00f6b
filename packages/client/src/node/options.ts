import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";

import type { ImageUrlOptions } from "./input/download-image.ts";
import type { NodeNetworkOptions } from "./network/agents.ts";

/** What a file can be named after. */
export interface ImageFileFacts {
  /** The picture's place in the answer, from 1. */
  readonly index: number;
  /** Follows the bytes: `png`, `jpg`, `webp`, ... and `bin` for what is no picture. */
  readonly extension: string;
  readonly mediaType: string;
  readonly widthPx?: number | undefined;
  readonly heightPx?: number | undefined;
}

/** Configures where the pictures of an answer are written. */
export interface ImageFilesOptions {
  /** The folder for the results, made when it is missing, and for their temporary files. */
  readonly directory: string;
  /** Names a file, relative to `directory` or absolute; by default `edit-1.png`, `edit-2.png`, ... */
  readonly pathFor?: ((image: ImageFileFacts) => string) | undefined;
  /** Replaces files that exist. Otherwise a taken name gets a number: `edit-1-2.png`. */
  readonly overwrite?: boolean | undefined;
}

/** Configures a client on Node. A given `fetch` wins over `node:http(s)`, and with it over `tls`, `agent` and `proxy`. */
export interface NodeClientOptions extends ImageClientOptions, NodeNetworkOptions {
  /** Limits pictures that are given as http(s) URLs. */
  readonly imageUrls?: ImageUrlOptions | undefined;
}

/** Configures one edit on Node. */
export interface NodeEditOptions extends EditOptions {
  /**
   * A file for the raw answer of a success. It is on the disk before anything of it is understood, so that nothing that
   * was paid for is lost with the process: `readResponseFile` reads it later. Its folder is checked before anything is sent.
   */
  readonly responseFile?: string | undefined;
  /** Is told of unfinished pictures of an edit with `stream` and `partial_images`. What it throws is ignored. */
  readonly onPartial?: ((partial: PartialImage) => void) | undefined;
}

/** An unfinished picture, on the way to the result. */
export interface PartialImage {
  /** The server's number of it, from 0. */
  readonly index: number;
  readonly image: EditedImage;
}

/** Configures one edit whose pictures are written to files. */
export interface EditToFilesOptions extends NodeEditOptions, ImageFilesOptions {}

/** A result picture that lies in a file. */
export interface FileImage extends EditedImage {
  /** The file; missing when it could not be written, or its URL not be fetched, which a warning tells. */
  readonly path?: string | undefined;
}

/** What came back for one edit, its pictures in files. */
export interface FileEditResult extends EditResult {
  readonly images: readonly FileImage[];
}
