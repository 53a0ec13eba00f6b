import type { Deadline } from "../async/deadline.ts";
import { checkKeyVendor, keyValues } from "../config/check-key-vendor.ts";
import { checkNames } from "../config/check-names.ts";
import type { Settings } from "../config/resolve-settings.ts";
import { timeoutOf } from "../config/start-call.ts";
import type { EditedImage } from "../edited-image.ts";
import { InvalidInputError, isHttpError, isRetouchError, type Problem } from "../errors/errors.ts";
import { createRedactor } from "../errors/sanitize-text.ts";
import type { ByteSource } from "../media/byte-source.ts";
import type { EditOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import type { ReaderOptions } from "../response/reader-options.ts";
import { createEditedImage } from "../results/create-edited-image.ts";
import { maxDownloadBytes } from "../results/download-image.ts";
import { createFetchTransport } from "../transport/fetch-transport.ts";
import { guardBody } from "../transport/response-body.ts";
import type { TransportResponse } from "../transport/transport.ts";
import { type PartialResponse, toNetworkError, toTimeoutError } from "./attempt-errors.ts";
import { collectSecrets } from "./collect-secrets.ts";
import { editUrl, prepareEdit, type RawParams } from "./prepare-edit.ts";
import { resolveKey } from "./resolve-key.ts";
import { type SendContext, sendWithRetries } from "./send-with-retries.ts";

/** The largest response to read by default: 1 GiB. */
const maxResponseBytes = 2 ** 30;

const callOptionNames: Readonly<Record<keyof EditOptions, 1>> = {
  signal: 1,
  timeoutMs: 1,
  maxRetries: 1,
  maxAnswerBytes: 1,
  headers: 1,
  idempotencyKey: 1,
  onRequest: 1,
  onUploadProgress: 1,
};

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

/** Sends the edits of one client, and checks them without sending. Either call ends the deadline that it is given. */
export interface EditSender {
  /** Opens and checks everything. Sends nothing. */
  check(params: RawParams, call: EditOptions, deadline: Deadline): Promise<readonly Problem[]>;
  /** Opens, checks and sends. `beforeSending` loads what reading the response needs, before anything is billed. */
  send(
    params: RawParams,
    call: EditOptions,
    deadline: Deadline,
    beforeSending?: () => Promise<unknown>,
  ): Promise<EditResponse>;
}

/** Creates the sender of one client on the transport of its platform; a given `fetch` always wins. */
export function createEditSender(platform: Platform, settings: Settings): EditSender {
  const { options, label, isProxy } = settings;
  const url = editUrl(settings.target);
  const transport =
    (options.fetch ? undefined : platform.transport) ?? createFetchTransport({ fetch: options.fetch });
  const knownNames = [...Object.keys(callOptionNames), ...(platform.callOptionNames ?? [])];

  return {
    async check(params, call, deadline) {
      const opened: ByteSource[] = [];
      try {
        checkNames(call, knownNames);
        const context = { platform, settings, signal: deadline.signal, opened };
        return (await deadline.race(prepareEdit(params, context))).problems;
      } catch (error) {
        throw deadline.isOver() ? toTimeoutError(timeoutOf(options, call), "none", {}) : error;
      } finally {
        deadline.end();
        await closeAll(opened);
      }
    },

    async send(params, call, deadline, beforeSending) {
      const opened: ByteSource[] = [];
      const { signal } = deadline;
      const { idempotencyKey } = call;
      const timeoutMs = timeoutOf(options, call);
      const state: SendContext["state"] = { delivery: "none" };
      const close = async (): Promise<void> => {
        deadline.end();
        await closeAll(opened);
      };
      // A timeout or an abort is the cause of any other failure; only the error of a received status says more.
      const toCallError = (error: unknown, partial: PartialResponse): unknown => {
        if (deadline.isOver() && !isHttpError(error))
          return toTimeoutError(timeoutMs, state.delivery, partial);
        return signal.aborted && !deadline.isOver() ? signal.reason : error;
      };
      try {
        checkNames(call, knownNames);
        const preparing = prepareEdit(params, { platform, settings, signal, opened });
        const { problems, limits, form } = await deadline.race(preparing);
        if (!form) throw new InvalidInputError({ problems });
        await deadline.race(beforeSending?.());
        if (settings.isDefaultServer) checkKeyVendor(keyValues("headers", call.headers));
        const key = await deadline.race(resolveKey(settings));
        const redact = createRedactor(collectSecrets(key, params, settings.target.root, options, call));
        const errorContext = { redact, idempotencyKey, label, isProxy, url };
        const { model, n } = params;
        const { headers, body } = await sendWithRetries({
          url,
          form,
          key,
          model: typeof model === "string" ? model : undefined,
          transport,
          options,
          call,
          deadline,
          errorContext,
          state,
        });
        const { requestId } = state;
        const toError = (error: unknown, salvaged?: PartialResponse): unknown => {
          if (isRetouchError(error)) return error;
          const partial = { ...salvaged, requestId, idempotencyKey };
          return toCallError(toNetworkError(error, errorContext, partial), partial);
        };
        const maxAnswerBytes = call.maxAnswerBytes ?? options.maxAnswerBytes ?? maxResponseBytes;
        const download = {
          origin: settings.origin,
          allowInsecureHttp: options.allowInsecureHttp,
          base: isProxy ? undefined : settings.target.root,
          fetch: options.fetch,
          fetchUrl: platform.fetchUrl,
          timeoutMs,
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
            redact,
            requestId,
            idempotencyKey,
            onBodyFailure: toError,
          },
          toError,
          close,
        };
      } catch (error) {
        await close();
        throw toCallError(error, { requestId: state.requestId, idempotencyKey });
      }
    },
  };
}

async function closeAll(opened: ByteSource[]): Promise<void> {
  // A source that fails to close was read already; the edit does not fail for it.
  await Promise.allSettled(opened.splice(0).map(async (source) => source.close?.()));
}
