import type { EditedImage } from "./edited-image.ts";
import type { Problem } from "./errors/errors.ts";

/** Counts the tokens that an edit used, whichever names the server gave them. */
export interface Usage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
  /** How many of the input tokens were text. */
  readonly inputTextTokens?: number | undefined;
  /** How many of the input tokens were pictures. */
  readonly inputImageTokens?: number | undefined;
  /** What the server says that the edit cost, in US dollars. */
  readonly costUsd?: number | undefined;
  /** What the server says that the edit cost, in its own credits. */
  readonly costCredits?: number | undefined;
}

/** Holds what came back for one edit. */
export interface EditResult {
  /** The pictures, at least one, in the server's order. */
  readonly images: readonly EditedImage[];
  /** What preflight had to say: the edit was sent, but may not come out as asked. */
  readonly warnings: readonly Problem[];
  readonly usage?: Usage | undefined;
  /** The server's name for this call: tell it to support. */
  readonly requestId?: string | undefined;
  /** When the server says it made the pictures, in seconds since 1970. */
  readonly created?: number | undefined;
  /** The size the server says it used. `images[0].width` and `.height` tell what the bytes hold. */
  readonly size?: string | undefined;
  readonly quality?: string | undefined;
  readonly background?: string | undefined;
  readonly outputFormat?: string | undefined;
  /**
   * Reads the server's answer as it came, for what is not shown here, as the text of a picture that is damaged. Missing
   * for a stream that came whole, whose previews would stay in memory. It may hold signed URLs: do not log it.
   */
  readonly rawBody?: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined;
}
