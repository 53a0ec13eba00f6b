import type { CheckReport, EditedImage, EditResult, UploadProgress } from "@retouch/client";

/** Is one edit as the session hands it over: complete, with pictures. */
export type CompleteParams = Readonly<Record<string, unknown>>;

/** Tells the session how an edit goes. */
export interface TransportEvents {
  readonly signal: AbortSignal;
  readonly onUploadProgress: (progress: UploadProgress) => void;
  readonly onPartial: (image: EditedImage, index: number) => void;
}

/** Carries the edits of a session to a server: `proxyTransport`, `directTransport`, or one of your own. */
export interface EditTransport {
  /** Finds what is wrong with the parameters; sends nothing. */
  check(params: CompleteParams): Promise<CheckReport>;
  /** Sends one edit once. It rejects with the signal's reason when that aborts. */
  run(params: CompleteParams, events: TransportEvents): Promise<EditResult>;
}
