import { AsyncLocalStorage } from "node:async_hooks";
import {
  createImageClient,
  type EditResult,
  estimateCost,
  type FileEditResult,
  type PartialImage,
  type PictureFilesOptions,
  type Problem,
  readAnswerFile,
  type UploadProgress,
} from "@retouch/client/node";

/** How far a running edit has come. */
export type EditProgress =
  | { readonly step: "uploading"; readonly share: number }
  | { readonly step: "waiting" }
  | { readonly step: "partial"; readonly index: number };

/** What the CLI asks of one edit. */
interface SendOptions {
  readonly responseFile: string;
  /** Where pictures go while they arrive; they come back in memory without it. */
  readonly files?: PictureFilesOptions | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
  /** Is awaited before the first byte of an attempt leaves; when it throws, nothing is sent. */
  readonly beforeSending: (attempt: number) => Promise<void>;
  /** Is told of an attempt that can not have been billed and is tried again. */
  readonly afterRefusal: (attempt: number, delayMs: number, status: number | undefined) => Promise<void>;
}

/** The client as the CLI uses it: one for all edits of a run, so that they share connections. */
export interface EditClient {
  /** The server's origin, for records. */
  readonly server: string;
  edit(params: Readonly<Record<string, unknown>>, options: SendOptions): Promise<FileEditResult>;
  check(params: Readonly<Record<string, unknown>>): Promise<readonly Problem[]>;
  /** Reads an answer that a journal kept. */
  readResponse(file: string): Promise<EditResult>;
  /** The most that an edit can cost by the dated price table; undefined for a price that nobody told. */
  worstCaseUsd(params: Readonly<Record<string, unknown>>): number | undefined;
}

/** Configures {@link createEditClient}. */
export interface EditClientOptions {
  readonly baseUrl: string;
  readonly apiKey: string | (() => string);
  readonly timeoutMs: number;
  readonly maxRetries?: number | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
  readonly debug?: ((line: string) => void) | undefined;
}

/** Makes the client of a run. Hooks of the one client find the edit they belong to by the asynchronous context. */
export function createEditClient(options: EditClientOptions): EditClient {
  const current = new AsyncLocalStorage<SendOptions>();
  const { baseUrl, apiKey, timeoutMs, maxRetries, allowInsecureHttp, debug } = options;
  const client = createImageClient({
    baseUrl,
    apiKey,
    timeoutMs,
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(allowInsecureHttp === undefined ? {} : { allowInsecureHttp }),
    async onRequest({ attempt, method, byteLength, headerNames }) {
      debug?.(`> ${method}, attempt ${attempt}, ${byteLength} bytes, headers ${headerNames.join(", ")}`);
      await current.getStore()?.beforeSending(attempt);
    },
    onResponse({ status, requestId, contentType, durationMs }) {
      debug?.(
        `< ${status} ${contentType ?? ""} after ${Math.round(durationMs)} ms, request id ${requestId ?? "none"}`,
      );
    },
    async onRetry({ attempt, delayMs, status, code }) {
      debug?.(`  ${code}: nothing was billed, next attempt in ${Math.round(delayMs)} ms`);
      await current.getStore()?.afterRefusal(attempt, delayMs, status);
    },
  });
  return {
    server: new URL(baseUrl).origin,
    edit: (params, call) =>
      current.run(call, () => {
        const options = {
          answerFile: call.responseFile,
          signal: call.signal,
          onPartial: ({ index }: PartialImage) => call.onProgress?.({ step: "partial", index }),
          onUploadProgress({ loadedBytes, totalBytes }: UploadProgress) {
            const share = totalBytes === 0 ? 1 : loadedBytes / totalBytes;
            call.onProgress?.(share < 1 ? { step: "uploading", share } : { step: "waiting" });
          },
        };
        // The command line's values are checked by preflight, not by a compiler.
        return call.files === undefined
          ? client.edit(params as never, options)
          : client.editToFiles(params as never, { ...options, ...call.files });
      }),
    check: async (params) => (await client.check(params as never)).problems,
    readResponse: (file) => readAnswerFile(file, { baseUrl, timeoutMs }),
    worstCaseUsd: (params) => estimateCost(params),
  };
}
