import type { Outcome } from "../errors/errors.ts";

/** A picture of a script. */
export type TestImage = Uint8Array | Blob;

/** One thing that happens in a scripted call, in the order of the script. */
export type TestStep =
  /** So much of the form has left: a share from 0 to 1. Less than all at a failure or abort means `not-sent`. */
  | { readonly type: "progress"; readonly share: number }
  /** Nothing goes on until the promise resolves, or the call is aborted. */
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  /** An unfinished picture, seen by `stream()` alone; a tiny PNG by default. */
  | { readonly type: "partial"; readonly image?: TestImage | undefined }
  /** The answer: so many tiny PNGs (one by default), or these pictures. */
  | {
      readonly type: "result";
      readonly images?: number | readonly TestImage[] | undefined;
      readonly usage?:
        | { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number }
        | undefined;
      readonly requestId?: string | undefined;
    }
  /**
   * The call fails: `not-sent` without a connection, `rejected` by a status (400 by default), `unknown` by a connection
   * that is cut, or by a `status` of 500 and more.
   */
  | {
      readonly type: "failure";
      readonly outcome: Outcome;
      readonly status?: number | undefined;
      readonly code?: string | undefined;
      readonly message?: string | undefined;
      readonly requestId?: string | undefined;
    }
  /** Nothing happens any more, until the call is aborted or its time is up. */
  | { readonly type: "hang" };
