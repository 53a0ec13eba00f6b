import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";
import type { PictureFilesOptions } from "./files/image-file-store.ts";
import type { PictureUrlOptions } from "./input/download-image.ts";
import type { NodeNetworkOptions } from "./network/agents.ts";

/** Configures a client on Node. A given `fetch` wins over `node:http(s)`, and with it over `tls`, `agent` and `proxy`. */
export interface NodeClientOptions extends ImageClientOptions, NodeNetworkOptions {
  /** Limits pictures that are given as http(s) URLs. */
  readonly pictureUrls?: PictureUrlOptions | undefined;
}

/** Configures one edit on Node. */
export interface NodeEditOptions extends EditOptions {
  /**
   * A file for the raw answer of a success. It is on the disk before anything of it is understood, so that nothing that
   * was paid for is lost with the process: `readAnswerFile` reads it later. Its folder is checked before anything is sent.
   */
  readonly answerFile?: string | undefined;
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
export interface EditToFilesOptions extends NodeEditOptions, PictureFilesOptions {}

/** A result picture that lies in a file. */
export interface FileImage extends EditedImage {
  /** The file; missing when it could not be written, or its URL not be fetched, which a warning tells. */
  readonly path?: string | undefined;
}

/** What came back for one edit, its pictures in files. */
export interface FileEditResult extends EditResult {
  readonly images: readonly FileImage[];
}
