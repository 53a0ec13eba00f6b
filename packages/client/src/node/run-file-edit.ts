import { callHook } from "../async/call-hook.ts";
import type { Deadline } from "../async/deadline.ts";
import type { Settings } from "../config/resolve-settings.ts";
import { startCall } from "../config/start-call.ts";
import type { EditedImage } from "../edited-image.ts";
import { isRetouchError, type Problem } from "../errors/errors.ts";
import { lateCode } from "../late-code.ts";
import type { Platform } from "../platform.ts";
import type { EditResponse } from "../request/edit-response.ts";
import type { RawParams } from "../request/prepare-edit.ts";
import { createEditSender } from "../request/send-edit.ts";
import { readEvents, type StreamEvent } from "../response/events/read-events.ts";
import type { ReaderOptions, Result } from "../response/reader-options.ts";
import type { ResumableTask } from "../tasks/task-dialect.ts";
import { checkDirectories } from "./files/check-directories.ts";
import { fetchToFiles, toFileImage } from "./files/download-to-files.ts";
import { createImageFileStore } from "./files/image-file-store.ts";
import type {
  EditToFilesOptions,
  FileEditResult,
  FileImage,
  ImageFilesOptions,
  NodeEditOptions,
} from "./options.ts";
import { createSemaphore, type Semaphore } from "./response-file/semaphore.ts";
import { spoolResponse } from "./response-file/spool-response.ts";
import { type TeedResponse, teeResponse } from "./response-file/tee-response.ts";
import type { Surroundings } from "./surroundings.ts";

/** The calls of one client whose response or images go to files. */
export interface FileEdits {
  edit(params: RawParams, call: NodeEditOptions, files?: ImageFilesOptions): Promise<FileEditResult>;
  resume(task: ResumableTask, call: NodeEditOptions, files?: ImageFilesOptions): Promise<FileEditResult>;
}

/** What a call to files takes beside the options of every call. */
const callOptionNames = [
  "responseFile",
  "onPartial",
  "directory",
  "pathFor",
  "overwrite",
] satisfies (keyof EditToFilesOptions)[];

/** Creates the file edits of one client. This module is loaded with the first of them. */
export function createFileEdits(
  platform: Platform,
  settings: Settings,
  surroundings: Surroundings,
): FileEdits {
  const readSlots = createSemaphore(maxReading);
  const { send, resume } = createEditSender({ ...platform, callOptionNames }, settings, lateCode);
  return {
    edit: (params, call, files) =>
      read(call, files, params["stream"] === true, (deadline, check) => send(params, call, deadline, check)),
    resume: (task, call, files) =>
      read(call, files, false, (deadline, check) => resume(task, call, deadline, check)),
  };

  async function read(
    call: NodeEditOptions,
    files: ImageFilesOptions | undefined,
    isStream: boolean,
    request: (deadline: Deadline, check: () => Promise<unknown>) => Promise<EditResponse>,
  ): Promise<FileEditResult> {
    const deadline = startCall(settings.options, call, surroundings.runtime);
    const response = await request(deadline, () =>
      checkDirectories(call.responseFile, files, surroundings.files),
    );
    // The same limit as in memory: ten images with all their partial ones are half of it, and an endless response would
    // fill the disk.
    const { maxAnswerBytes } = response.readerOptions;
    try {
      return await readToFiles(response, call, { files, maxAnswerBytes, surroundings, readSlots, isStream });
    } catch (error) {
      throw response.toError(error);
    } finally {
      await response.close();
    }
  }
}

interface ReadingOptions {
  readonly files: ImageFilesOptions | undefined;
  readonly maxAnswerBytes: number | undefined;
  readonly isStream: boolean;
  readonly surroundings: Surroundings;
  readonly readSlots: Semaphore;
}

async function readToFiles(
  { body, readerOptions, warnings: preflightWarnings }: EditResponse,
  { responseFile, onPartial, signal }: NodeEditOptions,
  { files, maxAnswerBytes, isStream, surroundings, readSlots }: ReadingOptions,
): Promise<FileEditResult> {
  const store = files && createImageFileStore(files, surroundings.files);
  const teed =
    isStream && responseFile !== undefined
      ? teeResponse(body, responseFile, maxAnswerBytes, surroundings)
      : undefined;
  const spooled =
    teed || responseFile === undefined
      ? undefined
      : await spoolResponse(body, responseFile, maxAnswerBytes, surroundings);
  const stored = teed ?? spooled;
  const options: ReaderOptions<EditedImage> = {
    ...readerOptions,
    toImage: (image) => toFileImage(readerOptions.toImage(image), image.source),
    maxAnswerBytes,
    rawBody: spooled?.rawBody,
    store,
  };
  // Of a stream that is still written, the disk may be full by the time it is needed.
  if (teed) Object.defineProperty(options, "rawBody", { get: () => teed.rawBody });
  const events = readEvents(stored?.body ?? body, options);
  // The rest of the response is read as it arrives from the network.
  const result =
    stored?.rawBody && !teed
      ? await readSlots(() => lastResult(events)).finally(() => spooled?.close())
      : await lastResult(events, onPartial).then(
          (completed) => finish(teed, 1_000, () => completed),
          // A response that could not be parsed is stored to its end, unless that never arrives.
          (error: unknown) => finish(teed, isTooMuch(error) ? 0 : 5_000, () => Promise.reject(error)),
        );
  const { images, warnings } = store
    ? await fetchToFiles(result.images, store, signal)
    : { images: result.images, warnings: [] };
  return {
    ...result,
    images,
    warnings: [...preflightWarnings, ...problemsOf(stored), ...result.warnings, ...warnings],
  };
}

async function finish<T>(teed: TeedResponse | undefined, idleMs: number, end: () => T): Promise<Awaited<T>> {
  await teed?.finish(idleMs);
  return await end();
}

/** Returns whether reading stopped because a response has more than any edit. */
function isTooMuch(error: unknown): boolean {
  return isRetouchError(error) && /^(?:response_too_large|unexpected_response)$/.test(error.code);
}

/** Responses on disk wait for a slot: reading hundreds concurrently only uses more memory. */
const maxReading = 8;

async function lastResult(
  events: AsyncIterable<StreamEvent<FileImage>>,
  onPartial?: NodeEditOptions["onPartial"],
): Promise<Result<FileImage>> {
  let result: Result<FileImage> | undefined;
  for await (const event of events) {
    // The last result holds all images; `readEvents` throws when it has none.
    if (event.type === "completed") result = event.result;
    else callHook(onPartial, { index: event.index, image: event.image });
  }
  if (!result) throw new Error("A response was read without a result.");
  return result;
}

function problemsOf(stored: { readonly problem: string | undefined } | undefined): Problem[] {
  if (stored?.problem === undefined) return [];
  return [
    { severity: "warning", field: "responseFile", code: "response_not_saved", message: stored.problem },
  ];
}
