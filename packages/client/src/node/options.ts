import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";

import type { ImageUrlOptions } from "./input/download-image.ts";
import type { NodeNetworkOptions } from "./network/agents.ts";

/** Properties of an image that its file can be named after. */
export interface ImageFileInfo {
  /** Index of the image in the response, from 1. */
  readonly index: number;
  /** Follows the bytes: `png`, `jpg`, `webp`, ... and `bin` for other data. */
  readonly extension: string;
  readonly mediaType: string;
  readonly widthPx?: number | undefined;
  readonly heightPx?: number | undefined;
}

/** Options for the files that the images of a response are written to. */
export interface ImageFilesOptions {
  /** Directory for the results and their temporary files, created if it is missing. */
  readonly directory: string;
  /** Returns a file name, relative to `directory` or absolute; by default `edit-1.png`, `edit-2.png`, ... */
  readonly pathFor?: ((image: ImageFileInfo) => string) | undefined;
  /** Replaces existing files. Otherwise a name that is taken gets a number: `edit-1-2.png`. */
  readonly overwrite?: boolean | undefined;
}

/** Options of a client on Node. A given `fetch` replaces `node:http(s)`, `tls`, `agent`, `proxy` and `freshConnections`. */
export interface NodeClientOptions extends ImageClientOptions, NodeNetworkOptions {
  /** Limits for images that are given as http(s) URLs. */
  readonly imageUrls?: ImageUrlOptions | undefined;
}

/** Options of one edit on Node. */
export interface NodeEditOptions extends EditOptions {
  /**
   * File for the raw response of a success. It is on disk before the response is parsed, so a crash loses nothing that
   * was billed. `readResponseFile` reads it later. Its directory is checked before anything is sent. An existing file is
   * replaced: give each edit a path of its own.
   */
  readonly responseFile?: string | undefined;
  /** Called with the partial images of an edit with `stream` and `partial_images`. Errors it throws are ignored. */
  readonly onPartial?: ((partial: PartialImage) => void) | undefined;
}

/** Partial image, sent before the result. */
export interface PartialImage {
  /** Its number in the response, from 0. */
  readonly index: number;
  readonly image: EditedImage;
}

/** Options of one edit whose images are written to files. */
export interface EditToFilesOptions extends NodeEditOptions, ImageFilesOptions {}

/** Result image stored in a file. */
export interface FileImage extends EditedImage {
  /** The file. Missing if it could not be written or its URL could not be fetched; a warning then says so. */
  readonly path?: string | undefined;
}

/** Result of one edit, with its images in files. */
export interface FileEditResult extends EditResult {
  readonly images: readonly FileImage[];
}

/** Options for reading a stored response. */
export interface ResponseFileOptions
  extends Partial<ImageFilesOptions>,
    NodeNetworkOptions,
    Pick<ImageClientOptions, "headers" | "query"> {
  /**
   * The key that the edit was sent with, or all that it may be. A server can repeat it, and `headers` and `query`: errors
   * and warnings are without them. They are not sent.
   */
  readonly apiKey?: string | readonly string[] | undefined;
  /** The server that sent the response: result URLs on its origin are trusted as it is. */
  readonly baseUrl?: string | undefined;
  /** What relative result URLs are relative to: `root` of `describeRequest`. By default it is taken from `baseUrl`. */
  readonly root?: string | undefined;
  /** As in the client: accepts results on plain http of the server's own host. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** How many images were requested: fewer or more are a warning. */
  readonly n?: number | undefined;
  /** Where the result of a task has its images: `result` of its dialect. */
  readonly resultPath?: string | undefined;
  /** Time limit for downloading an image that the response gives only as a URL, in milliseconds; 600,000 by default. */
  readonly timeoutMs?: number | undefined;
}
