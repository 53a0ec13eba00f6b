import type { Deadline } from "../async/deadline.ts";
import type { Settings } from "../config/resolve-settings.ts";
import type { EditedImage } from "../edited-image.ts";
import type { Problem } from "../errors/errors.ts";
import type { ModelLimits } from "../models/limit-types.ts";
import type { EditOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import type { ReaderOptions } from "../response/reader-options.ts";
import { createEditedImage } from "../results/create-edited-image.ts";
import { maxDownloadBytes } from "../results/download-image.ts";
import { guardBody } from "../transport/response-body.ts";
import type { TransportResponse } from "../transport/transport.ts";
import type { ErrorContext } from "./attempt-errors.ts";
import type { CallState } from "./send-with-retries.ts";

/** The largest response to read by default: 1 GiB. */
const maxResponseBytes = 2 ** 30;

/** A successful response whose body is still to be read. */
export interface EditResponse {
  readonly headers: TransportResponse["headers"];
  readonly body: TransportResponse["body"];
  /** The warnings of preflight. */
  readonly warnings: readonly Problem[];
  /** How the body is read into memory. */
  readonly readerOptions: ReaderOptions<EditedImage>;
  /** Returns the error to throw for one that ended the reading. */
  toError(error: unknown): unknown;
  /** Releases the deadline and the images; called once, after the body was read. */
  close(): Promise<void>;
}

/** What reading a response depends on. */
interface ReadingContext {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly call: EditOptions;
  readonly deadline: Deadline;
  readonly timeoutMs: number;
  /** What result URLs are relative to. */
  readonly root: string | undefined;
  /** How many images were requested. */
  readonly n: unknown;
  readonly problems: readonly Problem[];
  readonly limits: ModelLimits;
  readonly errorContext: ErrorContext;
  readonly state: CallState;
  readonly toError: ReaderOptions<EditedImage>["onBodyFailure"];
}

/** Returns a response with how its body is read. */
export function toEditResponse(
  { status, headers, body }: TransportResponse,
  context: ReadingContext,
): Omit<EditResponse, "toError" | "close"> {
  const { platform, settings, call, deadline, timeoutMs, root, n, problems, limits, errorContext, toError } =
    context;
  const { options } = settings;
  const { redact, idempotencyKey } = errorContext;
  const { requestId, taskId, resultPath } = context.state;
  const maxAnswerBytes = call.maxAnswerBytes ?? options.maxAnswerBytes ?? maxResponseBytes;
  const download = {
    origin: settings.origin,
    allowInsecureHttp: options.allowInsecureHttp,
    base: root,
    fetch: options.fetch,
    fetchUrl: platform.fetchUrl,
    timeoutMs,
    runtime: deadline.runtime,
    maxBytes: call.maxAnswerBytes ?? options.maxAnswerBytes ?? maxDownloadBytes,
    requestId,
  };
  const { urlLifetimeSeconds } = limits;
  const expiresAt =
    urlLifetimeSeconds === undefined ? undefined : new Date(Date.now() + urlLifetimeSeconds * 1000);
  return {
    headers,
    body: guardBody(body, deadline),
    warnings: problems,
    readerOptions: {
      toImage: (image) => createEditedImage(image, download, expiresAt),
      maxAnswerBytes,
      requested: typeof n === "number" ? n : undefined,
      contentType: headers.get("content-type"),
      isAccepted: status === 202,
      taskId,
      resultPath,
      redact,
      requestId,
      idempotencyKey,
      onBodyFailure: toError,
      runtime: deadline.runtime,
    },
  };
}
