import { stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import type { EditResult, PictureFilesOptions } from "@retouch/client/node";
import { CliError } from "./cli-error.ts";
import { cliWords } from "./cli-words.ts";
import type { EditClient, EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport, Warning } from "./edit-report.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { failureFacts } from "./failure-facts.ts";
import type { Journal } from "./journal.ts";
import type { PlannedEntry } from "./journal-entry.ts";
import { extensionFor, outputPath } from "./output-pattern.ts";
import { recordPasteBack, removeAnswer } from "./paste-back-record.ts";
import { processStart } from "./run-lock.ts";
import { besideStdout, type PictureSink, type SavedPictures, savePictures } from "./save-pictures.ts";
import { sha256 } from "./sha256.ts";

/** What an edit is performed with. */
export interface EditTools {
  readonly id: string;
  readonly client: EditClient;
  readonly journal: Journal;
  readonly answerFile: string;
  readonly signal: AbortSignal;
  readonly sink: PictureSink;
  readonly row?: number | undefined;
  readonly onProgress?: ((progress: EditProgress) => void) | undefined;
  /** Is awaited right before an attempt is written down and leaves; when it throws, nothing is sent. */
  readonly takeTurn?: ((attempt: number) => Promise<void>) | undefined;
  /** Is told how long the server asks to wait. */
  readonly onHold?: ((delayMs: number) => void) | undefined;
}

/** This process's own: it does not change, and hundreds of rows write it down. */
let ownStart: Promise<string | undefined> | undefined;

/** Writes down what is about to be sent; the prompt as its hash only. */
async function plannedEntry(job: EditJob, tools: EditTools): Promise<PlannedEntry> {
  const { params, inputs, output, count, force } = job;
  ownStart ??= processStart(process.pid);
  return {
    type: "planned",
    id: tools.id,
    pid: process.pid,
    machine: hostname(),
    startedAt: await ownStart,
    server: tools.client.server,
    model: typeof params["model"] === "string" ? params["model"] : undefined,
    promptSha256: sha256(String(params["prompt"] ?? "")),
    images: inputs.map(({ label }) => label),
    output: output ?? besideStdout(),
    count,
    force,
    answerFile: tools.answerFile,
    pasteBack: await recordPasteBack(job, tools.answerFile),
    row: tools.row,
  };
}

/**
 * Sends one edit and writes its pictures, with a line in the journal before the POST and one after the last rename.
 * It never throws for what happened to the edit: the report says it.
 */
export async function performEdit(job: EditJob, tools: EditTools): Promise<EditReport> {
  const { id, client, journal } = tools;
  let mayBeBilled = false;
  try {
    await journal.write(await plannedEntry(job, tools));
    const result = await client.edit(job.params, {
      answerFile: tools.answerFile,
      files: directFiles(job),
      signal: tools.signal,
      onProgress: tools.onProgress,
      async beforeSending(attempt) {
        await tools.takeTurn?.(attempt);
        await journal.write({ type: "sent", id, attempt });
        mayBeBilled = true;
      },
      async afterRefusal(attempt, delayMs, status) {
        mayBeBilled = false;
        if (status === 429) tools.onHold?.(delayMs);
        await journal.write({ type: "refused", id, attempt });
      },
    });
    return await keepResult(result, job, tools);
  } catch (error) {
    return await keepFailure(
      settleOutcome(toldByDisk(error), mayBeBilled),
      { images: [], warnings: [], urls: [] },
      tools,
    );
  }
}

/** Lets pictures be written where they belong while they arrive, unless something is done to them first. */
function directFiles({ output, count, force, pasteBack }: EditJob): PictureFilesOptions | undefined {
  if (output === undefined || pasteBack) return undefined;
  return {
    directory: path.dirname(outputPath(output, { index: 0, count, extension: "png" })),
    overwrite: force,
    pathFor({ index, mediaType }) {
      const extension = extensionFor(mediaType, output.askedExtension);
      // More pictures than were asked for are numbered from the second on.
      return outputPath(output, { index: index - 1, count: Math.max(count, index), extension });
    },
  };
}

/** Writes the pictures of an answer and closes its record; the answer's file goes once every picture is in place. */
export async function keepResult(
  result: EditResult,
  job: Pick<EditJob, "output" | "count" | "force" | "pasteBack"> & Partial<Pick<EditJob, "params">>,
  tools: Pick<EditTools, "id" | "journal" | "answerFile" | "sink"> & Partial<Pick<EditTools, "signal">>,
  written: readonly (string | null)[] = [],
): Promise<EditReport> {
  const saved = await savePictures(
    result.images,
    {
      ...job,
      written,
      signal: tools.signal,
      original: pictureOf(job.params?.["image"]),
      mask: pictureOf(job.params?.["mask"]),
    },
    tools.sink,
  );
  const warnings = [...result.warnings, ...saved.warnings].map((warning) => ({
    ...warning,
    message: cliWords(warning.message),
  }));
  const { requestId, usage } = result;
  const tokens = usage && {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    totalTokens: usage.totalTokens,
  };
  if ("error" in saved) {
    const error = pictureError(saved.error, saved.urls);
    return { ...(await keepFailure(error, saved, tools)), usage: tokens, requestId, warnings };
  }
  const damaged = warnings.find(({ code }) => code === "bad_base64");
  if (damaged !== undefined) {
    const error = damagedError(damaged);
    return { ...(await keepFailure(error, saved, tools)), usage: tokens, requestId, warnings };
  }
  const images = saved.images.filter((image) => image !== undefined);
  const paths = images.map((image) => image.path);
  await tools.journal.write({ type: "saved", id: tools.id, paths, usage: tokens, requestId });
  await removeAnswer(tools.answerFile);
  return { images, usage: tokens, requestId, warnings };
}

/** What paste-back needs of a parameter: a path or bytes. */
function pictureOf(value: unknown): string | Uint8Array | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" || first instanceof Uint8Array ? first : undefined;
}

/** Says what a failure after the answer is: the edit was paid for, whatever the disk or an image host says. */
function pictureError(error: unknown, urls: readonly string[]): unknown {
  if (isInterruption(error)) return settleOutcome(error, true);
  const facts = failureFacts(error);
  const code = facts.code ?? (error as NodeJS.ErrnoException).code ?? "output_failed";
  const message =
    urls.length > 0
      ? `The edit was made, but its result could not be fetched: ${facts.message}`
      : `The edit was made, but a picture could not be written: ${facts.message}. ` +
        "Make room or give another place, then run `retouch recover`: nothing is sent again.";
  return new CliError(message, { exitCode: exitCodes.unknown, code, outcome: "unknown", cause: error });
}

/** Says that a picture of an answer was paid for and can not be read: the answer is kept, the others are written. */
function damagedError({ code, message }: Warning): CliError {
  return new CliError(`The edit was made, but not every picture could be read: ${message}`, {
    exitCode: exitCodes.unknown,
    code,
    outcome: "unknown",
  });
}

/** Says of a picture that the client could not write what happened to the edit: its answer is kept. */
function toldByDisk(error: unknown): unknown {
  const { code, message } = failureFacts(error);
  if (code !== "write_failed") return error;
  const seen = /\(E[A-Z]+\)/.exec(message)?.[0];
  return new CliError(
    `The edit was made, but a picture could not be written${seen === undefined ? "" : ` ${seen}`}. ` +
      "Make room or give another place, then run `retouch recover`: nothing is sent again.",
    { exitCode: exitCodes.unknown, code, outcome: "unknown", cause: error },
  );
}

function isInterruption(error: unknown): error is CliError {
  return error instanceof CliError && error.code === "interrupted";
}

/** Gives an interruption its outcome: what was sent may be billed. */
function settleOutcome(error: unknown, mayBeBilled: boolean): unknown {
  if (!isInterruption(error) || !mayBeBilled) return error;
  return new CliError(
    `${error.message} The edit had been sent and may be billed; \`retouch recover --list\` shows it.`,
    { exitCode: error.exitCode, code: error.code, outcome: "unknown", cause: error },
  );
}

async function keepFailure(
  error: unknown,
  saved: Pick<SavedPictures, "images" | "warnings" | "urls">,
  { id, journal, answerFile }: Pick<EditTools, "id" | "journal" | "answerFile">,
): Promise<EditReport> {
  const facts = failureFacts(error);
  const exitCode = exitCodeOf(error);
  const outcome = facts.outcome ?? "unknown";
  const size = await stat(answerFile).then(
    (file) => file.size,
    () => 0,
  );
  const isKept = size > 0 && outcome === "unknown";
  if (!isKept) await removeAnswer(answerFile);
  const rawAnswer = isKept ? answerFile : undefined;
  // A journal that can not be written leaves the line `sent`: the edit counts as unknown, which is safe.
  await journal
    .write({
      type: "failed",
      id,
      outcome,
      code: facts.code ?? "internal",
      exitCode,
      requestId: facts.requestId,
      answerFile: rawAnswer,
      paths: saved.images.map((image) => image?.path ?? null),
    })
    .catch(() => undefined);
  const images = saved.images.filter((image) => image !== undefined);
  return {
    images,
    warnings: saved.warnings,
    requestId: facts.requestId,
    failure: { error, exitCode, rawAnswer, urls: saved.urls },
  };
}
