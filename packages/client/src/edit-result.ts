import type { EditedImage } from "./edited-image.ts";
import type { Problem } from "./errors/errors.ts";

/** The tokens that an edit used, under these names whichever the server used. */
export interface Usage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
  /** How many of the input tokens were text. */
  readonly inputTextTokens?: number | undefined;
  /** How many of the input tokens were images. */
  readonly inputImageTokens?: number | undefined;
  /** The cost that the server reports, in US dollars. */
  readonly costUsd?: number | undefined;
  /** What the server says that the edit cost, in its own credits. */
  readonly costCredits?: number | undefined;
}

/** The result of one edit. */
export interface EditResult {
  /** The images, at least one, in the server's order. */
  readonly images: readonly EditedImage[];
  /** Warnings of preflight: the edit was sent, but its result may differ from what was asked for. */
  readonly warnings: readonly Problem[];
  readonly usage?: Usage | undefined;
  /** The server's id for this call. Quote it to the provider's support. */
  readonly requestId?: string | undefined;
  /** When the server says it created the images, in seconds since 1970. */
  readonly created?: number | undefined;
  /** The size the server says it used. `images[0].width` and `.height` are read from the bytes. */
  readonly size?: string | undefined;
  readonly quality?: string | undefined;
  readonly background?: string | undefined;
  readonly outputFormat?: string | undefined;
  /**
   * Reads the server's response unchanged, for what the result omits, such as the base64 of a damaged image. Absent
   * for a complete stream, whose partial images would stay in memory. It may hold signed URLs: do not log it.
   */
  readonly rawBody?: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined;
}
