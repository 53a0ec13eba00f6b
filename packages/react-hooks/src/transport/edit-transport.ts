import type { CheckReport, EditedImage, EditResult, UploadProgress } from "@retouch/client";

/** Parameters of one edit as the session passes them to a transport: complete, with images. */
export type CompleteParams = Readonly<Record<string, unknown>>;

/** Signal and callbacks of one edit. */
export interface TransportEvents {
  /** Aborts when the edit is canceled. */
  readonly signal: AbortSignal;
  /** Awaited before the first byte is sent, by a transport that `reportsSend`. */
  readonly onSend?: (() => void | Promise<void>) | undefined;
  /** Awaited with what `collect` takes after a reload, by a transport that can collect, before it sends if it can. */
  readonly onJob?: ((job: string) => void | Promise<void>) | undefined;
  /** Called while the form is sent. */
  readonly onUploadProgress: (progress: UploadProgress) => void;
  /** Called with each partial image of a stream. */
  readonly onPartial: (image: EditedImage, index: number) => void;
}

/** Way to send the edits of a session: `proxyTransport`, `directTransport`, or your own. */
export interface EditTransport {
  /**
   * Promises that `run` calls `onSend` before the first byte is sent, so that an edit canceled earlier counts as not
   * sent. Without it an edit counts as sent as soon as `run` is called.
   */
  readonly reportsSend?: true | undefined;
  /** Returns the problems of the parameters without sending anything. */
  check(params: CompleteParams): Promise<CheckReport>;
  /** Sends one edit once. Rejects with the reason of the signal when that aborts. */
  run(params: CompleteParams, events: TransportEvents): Promise<EditResult>;
  /** Returns the result of an edit that an earlier page has sent. Sends nothing. */
  collect?(job: string, events: TransportEvents): Promise<EditResult>;
}
