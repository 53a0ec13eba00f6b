import type { ImageInput } from "../edit-params.ts";
import type { Outcome } from "../errors/errors.ts";

/** An image of a script: what a client accepts as an image. */
export type TestImage = ImageInput;

/** One step of a scripted call. */
export type TestStep =
  /** The share of the form sent so far, from 0 to 1. Below 1, a failure or abort means `not-sent`. */
  | { readonly type: "progress"; readonly share: number }
  /** Waits until the promise resolves or the call is aborted. */
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  /** A partial image, only emitted by `stream()`; a tiny PNG by default. */
  | { readonly type: "partial"; readonly image?: TestImage | undefined }
  /** The response: a number of tiny PNGs (one by default), or these images. */
  | {
      readonly type: "result";
      readonly images?: number | readonly TestImage[] | undefined;
      readonly usage?:
        | { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number }
        | undefined;
      readonly requestId?: string | undefined;
    }
  /**
   * The call fails: `not-sent` without a connection, `rejected` with a status (400 by default), or `unknown` with a
   * cut connection or a `status` of 500 or more.
   */
  | {
      readonly type: "failure";
      readonly outcome: Outcome;
      readonly status?: number | undefined;
      readonly code?: string | undefined;
      readonly message?: string | undefined;
      readonly requestId?: string | undefined;
    }
  /** Hangs until the call is aborted or times out. */
  | { readonly type: "hang" };
