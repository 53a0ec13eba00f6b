import { AsyncLocalStorage } from "node:async_hooks";
import {
  createClientIn,
  type EditResult,
  estimateCost,
  type FileEditResult,
  type ImageFilesOptions,
  type PartialImage,
  type Problem,
  readResponseFile,
  type TaskEvent,
  type UploadProgress,
} from "@retouch/client/node";
import type { AddressOptions } from "../config/address.ts";
import type { System } from "../journal/system.ts";

/** Progress of a running edit. */
export type EditProgress =
  | { readonly step: "uploading"; readonly share: number }
  | { readonly step: "waiting" }
  | { readonly step: "polling"; readonly taskId: string }
  | { readonly step: "partial"; readonly index: number };

/** Where the response of one edit goes. */
interface ReceiveOptions {
  readonly responseFile: string;
  /** Where images are written while they arrive; without it they are returned in memory. */
  readonly files?: ImageFilesOptions | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
}

/** Options of one edit. */
interface SendOptions extends ReceiveOptions {
  /** Awaited before the first byte of an attempt is sent; if it throws, nothing is sent. */
  readonly beforeSending: (attempt: number) => Promise<void>;
  /** Called after an attempt that cannot have been billed, before its retry. */
  readonly afterRefusal: (attempt: number, delayMs: number, status: number | undefined) => Promise<void>;
  /** Awaited before the first poll of a task that the server made of the edit. */
  readonly onTask: (task: TaskEvent) => Promise<void>;
}

/** The client of a run. All its edits share one, so that they share connections. */
export interface EditClient {
  /** The server's origin, for the journal. */
  readonly server: string;
  /** What relative result URLs are relative to, if the base URL does not say it. */
  readonly root?: string | undefined;
  /** What request keys say of the server. */
  readonly serverKey: string;
  readonly allowInsecureHttp: boolean | undefined;
  edit(params: Readonly<Record<string, unknown>>, options: SendOptions): Promise<FileEditResult>;
  /** Polls the task of an earlier edit until its images are there. Sends no form. */
  resume(task: TaskEvent, options: ReceiveOptions): Promise<FileEditResult>;
  check(params: Readonly<Record<string, unknown>>): Promise<readonly Problem[]>;
  /** Reads a response that was kept on disk; `count` images were requested. */
  readResponse(file: string, count: number, resultPath?: string): Promise<EditResult>;
  /** Returns the most an edit can cost by the dated price table, or undefined if the price is unknown. */
  worstCaseUsd(params: Readonly<Record<string, unknown>>): number | undefined;
}

/** Options of {@link createEditClient}. */
export interface EditClientOptions {
  readonly baseUrl: string;
  readonly root?: string | undefined;
  readonly serverKey: string;
  readonly apiKey: string | (() => string);
  /** Every key of the settings, for what is quoted of a stored response. */
  readonly knownKeys?: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly maxRetries?: number | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
  readonly address?: AddressOptions | undefined;
  readonly debug?: ((line: string) => void) | undefined;
}

/** Creates the client of a run. Its hooks find their edit through AsyncLocalStorage. */
export function createEditClient(options: EditClientOptions, system: System): EditClient {
  const current = new AsyncLocalStorage<SendOptions>();
  const {
    baseUrl,
    root,
    serverKey,
    apiKey,
    knownKeys,
    timeoutMs,
    maxRetries,
    allowInsecureHttp,
    address,
    debug,
  } = options;
  const client = createClientIn(system, {
    ...address,
    baseUrl,
    apiKey,
    timeoutMs,
    // A kept connection that the server closes while the form is sent leaves an edit that may be billed.
    freshConnections: true,
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
    root,
    serverKey,
    allowInsecureHttp,
    edit: (params, call) =>
      current.run(call, () => {
        const options = {
          responseFile: call.responseFile,
          signal: call.signal,
          onPartial: ({ index }: PartialImage) => call.onProgress?.({ step: "partial", index }),
          async onTask(task: TaskEvent) {
            debug?.(`  task ${task.taskId}, polled at ${new URL(task.statusUrl).pathname}`);
            call.onProgress?.({ step: "polling", taskId: task.taskId });
            await call.onTask(task);
          },
          onUploadProgress({ loadedBytes, totalBytes }: UploadProgress) {
            const share = totalBytes === 0 ? 1 : loadedBytes / totalBytes;
            call.onProgress?.(share < 1 ? { step: "uploading", share } : { step: "waiting" });
          },
        };
        // The values of a command line are checked by preflight, not by the compiler.
        return call.files === undefined
          ? client.edit(params as never, options)
          : client.editToFiles(params as never, { ...options, ...call.files });
      }),
    resume(task, { files, onProgress, ...call }) {
      debug?.(`  task ${task.taskId}, polled at ${new URL(task.statusUrl).pathname}`);
      onProgress?.({ step: "polling", taskId: task.taskId });
      return client.resume(task, { ...call, ...files });
    },
    check: async (params) => (await client.check(params as never)).problems,
    readResponse: (file, n, resultPath) =>
      readResponseFile(
        file,
        {
          baseUrl,
          root,
          timeoutMs,
          allowInsecureHttp,
          n,
          resultPath,
          apiKey: knownKeys,
          headers: address?.headers,
          query: address?.query,
        },
        system,
      ),
    worstCaseUsd: (params) => estimateCost(params),
  };
}
