import type { CheckReport, EditedImage, EditResult, UploadProgress } from "@retouch/client";

/** Is one edit as the session hands it over: complete, with pictures. */
export type CompleteParams = Readonly<Record<string, unknown>>;

/** Tells the session how an edit goes. */
export interface TransportEvents {
  readonly signal: AbortSignal;
  /** Called when the form starts to leave, by a transport that `tellsSending`. */
  readonly onSend?: (() => void) | undefined;
  readonly onUploadProgress: (progress: UploadProgress) => void;
  readonly onPartial: (image: EditedImage, index: number) => void;
}

/** Carries the edits of a session to a server: `proxyTransport`, `directTransport`, or one of your own. */
export interface EditTransport {
  /**
   * Promises that `run` calls `onSend` before the first byte leaves, so that an edit stopped until then was not sent.
   * Without it an edit counts as sent from the moment that `run` is called.
   */
  readonly tellsSending?: true | undefined;
  /** Finds what is wrong with the parameters; sends nothing. */
  check(params: CompleteParams): Promise<CheckReport>;
  /** Sends one edit once. It rejects with the signal's reason when that aborts. */
  run(params: CompleteParams, events: TransportEvents): Promise<EditResult>;
}
