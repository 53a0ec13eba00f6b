import type { Answer, AnswerOptions } from "../answer.ts";
import { answerOptions } from "../answer-options.ts";
import { startCall } from "../config/start-call.ts";
import type { EditedImage } from "../edited-image.ts";
import type { Problem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { readEvents, type StreamEvent } from "../read-events.ts";
import { type Arrival, createEditRoad, type LooseParams } from "../request/send-edit.ts";
import { tell } from "../tell.ts";
import { checkFolders } from "./check-folders.ts";
import { fetchToFiles } from "./fetch-to-files.ts";
import { keepAnswer } from "./keep-answer.ts";
import { keepLiveAnswer, type LiveAnswer } from "./keep-live-answer.ts";
import { limitTurns } from "./limit-turns.ts";
import type { FileEditResult, FileImage, NodeClientOptions, NodeEditOptions } from "./node-client-options.ts";
import { createPictureFiles, type PictureFilesOptions } from "./picture-files.ts";
import { toFileImage } from "./to-file-image.ts";

/** Runs one edit whose answer or pictures go to files. */
export type FileRunner = (
  params: LooseParams,
  call: NodeEditOptions,
  files?: PictureFilesOptions,
) => Promise<FileEditResult>;

/** Creates what runs edits with files. It is loaded with the first of them. */
export function createFileRunner(runtime: Platform, options: NodeClientOptions): FileRunner {
  const road = createEditRoad(runtime, options);
  return async (params, call, files) => {
    const deadline = startCall(options, call);
    const arrival = await road.send(params, call, () => checkFolders(call.answerFile, files), deadline);
    try {
      return await readArrival(arrival, call, files, params["stream"] === true);
    } catch (error) {
      throw arrival.describe(error);
    } finally {
      await arrival.end();
    }
  };
}

async function readArrival(
  arrival: Arrival,
  { answerFile, onPartial, signal }: NodeEditOptions,
  files: PictureFilesOptions | undefined,
  isStream: boolean,
): Promise<FileEditResult> {
  const inMemory = answerOptions(arrival);
  const store = files && createPictureFiles(files);
  // What goes to files has no limit but the disk.
  const maxAnswerBytes = files ? arrival.maxAnswerBytes : inMemory.maxAnswerBytes;
  const { body } = arrival.response;
  const live =
    isStream && answerFile !== undefined ? keepLiveAnswer(body, answerFile, maxAnswerBytes) : undefined;
  const kept =
    live ?? (answerFile === undefined ? undefined : await keepAnswer(body, answerFile, maxAnswerBytes));
  const events = readEvents(kept?.body ?? body, {
    ...inMemory,
    toImage: (image) => toFileImage(inMemory.toImage(image), image.source),
    maxAnswerBytes,
    // Asked for when it is needed: the disk may be full by then.
    get rawBody() {
      return kept?.rawBody;
    },
    store,
  } satisfies AnswerOptions<EditedImage>);
  // What still comes from the network is read at its own pace.
  const answer =
    kept?.rawBody && !live
      ? await readingTurns(() => lastResult(events))
      : await lastResult(events, onPartial).then(
          (result) => finish(live, 1_000, () => result),
          // What was not understood is kept to its end, unless that never comes.
          (error: unknown) => finish(live, 5_000, () => Promise.reject(error)),
        );
  const { images, warnings } = store
    ? await fetchToFiles(answer.images, store, signal)
    : { images: answer.images, warnings: [] };
  return {
    ...answer,
    images,
    warnings: [...arrival.warnings, ...problemsOf(kept), ...answer.warnings, ...warnings],
  };
}

async function finish<T>(live: LiveAnswer | undefined, quietMs: number, end: () => T): Promise<Awaited<T>> {
  await live?.finish(quietMs);
  return await end();
}

/** Answers that lie on disk wait there: reading hundreds at once would be no faster, and hold all of them in memory. */
const readingTurns = limitTurns(8);

async function lastResult(
  events: AsyncIterable<StreamEvent<FileImage>>,
  onPartial?: NodeEditOptions["onPartial"],
): Promise<Answer<FileImage>> {
  let answer: Answer<FileImage> | undefined;
  for await (const event of events) {
    // The last result holds all pictures; `readEvents` throws when it has none to give.
    if (event.type === "completed") answer = event.result;
    else tell(onPartial, { index: event.index, image: event.image });
  }
  if (!answer) throw new Error("An answer was read without a result.");
  return answer;
}

function problemsOf(kept: { readonly problem: string | undefined } | undefined): Problem[] {
  if (kept?.problem === undefined) return [];
  return [{ severity: "warning", field: "answerFile", code: "not_kept", message: kept.problem }];
}
