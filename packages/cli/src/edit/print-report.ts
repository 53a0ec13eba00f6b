import type { PrintContext } from "../arguments/command-context.ts";
import { exitCodes } from "../errors/cli-error.ts";
import type { Warning } from "../errors/error-details.ts";
import { type ErrorDocument, printError, toErrorDocument } from "../errors/print-error.ts";
import type { TokenCount } from "../journal/journal-entry.ts";
import { outputPath } from "../output/output-pattern.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Server } from "./connect.ts";
import type { EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport, SavedImage } from "./edit-report.ts";

/** Shows the progress of one edit: the uploaded share, then the elapsed time. */
export function showProgress(
  terminal: Terminal,
  { inputs, params }: Pick<EditJob, "inputs" | "params">,
): { update(progress: EditProgress): void; stop(): void } {
  const subject = inputs.length === 1 ? inputs[0]?.label : `${inputs.length} images`;
  const title = `Editing ${subject} with ${String(params["model"])}`;
  const line = terminal.progress(title);
  return {
    update(progress) {
      if (progress.step === "uploading")
        line.update(`${title}: uploading ${Math.floor(progress.share * 100)} %`);
      else if (progress.step === "polling") line.update(`${title}: waiting for task ${progress.taskId}`);
      else if (progress.step === "partial") line.update(`${title}: partial image ${progress.index + 1}`);
      else line.update(`${title}: waiting for the model`);
    },
    stop: line.stop,
  };
}

function outputsOf({ output, count }: EditJob): string[] {
  if (output === undefined) return ["-"];
  const extension = output.askedExtension ?? "png";
  return Array.from({ length: count }, (_, index) => outputPath(output, { index, count, extension }));
}

function fieldsOf(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown = Object.entries(params)
    .filter(([name, value]) => value !== undefined && name !== "image" && name !== "mask")
    // A file field, such as `markup`, that was read from stdin.
    .map(([name, value]) => [name, value instanceof Uint8Array ? "standard input" : value]);
  return Object.fromEntries(shown);
}

/** Prints what would be sent and written. */
export function printDryRun(
  jobs: readonly EditJob[],
  warnings: readonly Warning[],
  { client, isMock }: Server,
  { terminal, json }: PrintContext,
): number {
  for (const { message } of warnings) terminal.warn(message);
  const edits = jobs.map((job) => ({
    server: client.server,
    images: job.inputs.map(({ label }) => label),
    mask: job.params["mask"] !== undefined,
    fields: fieldsOf(job.params),
    outputs: outputsOf(job),
    worstCaseUsd: client.worstCaseUsd(job.params),
  }));
  if (json) {
    terminal.data(toSafeJson({ dryRun: true, images: [], warnings, edits }, 2));
    return exitCodes.ok;
  }
  for (const edit of edits) {
    terminal.data(`${edit.images.join(", ")} -> ${edit.outputs.join(", ")}`);
    const fields = Object.entries(edit.fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const cost =
      edit.worstCaseUsd === undefined ? "price unknown" : `at most USD ${edit.worstCaseUsd.toFixed(3)}`;
    terminal.note(
      `  ${fields.join(" ")}${edit.mask ? " with a mask" : ""}, to ${isMock ? "the mock" : edit.server}, ${cost}`,
    );
  }
  terminal.note("Dry run: nothing was sent.");
  return exitCodes.ok;
}

function extensionOf(name: string): string | undefined {
  return /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase();
}

/** Prints the result of an edit: paths on stdout, the rest on stderr. */
export function printReport(
  report: EditReport,
  asked: string | undefined,
  { terminal, json }: PrintContext,
): void {
  for (const { message } of report.warnings) terminal.warn(message);
  for (const image of report.images) {
    if (image.path === "-") continue;
    if (asked === "-") {
      terminal.warn(`The response has more than one image, and stdout takes one. The others are in files.`);
      terminal.verbatim(image.path);
      continue;
    }
    if (!json) terminal.path(image.path);
    const expected = extensionOf(asked ?? "");
    if (expected !== undefined && extensionOf(image.path) !== expected) {
      terminal.note(
        `The server returned ${image.mediaType ?? "another format"}, so the file is ${image.path}.`,
      );
    }
    if (image.drift !== undefined) {
      const share = (image.drift.changedShare * 100).toFixed(1);
      terminal.note(
        `Outside the mask the model changed ${share} % of the pixels (by ${image.drift.meanDifference.toFixed(1)} of 255 on average). The original pixels are restored.`,
      );
    }
  }
  const { usage, failure } = report;
  if (failure !== undefined) {
    printError(terminal, failure.error, failure);
  } else if (usage?.totalTokens !== undefined) terminal.note(`Tokens: ${usage.totalTokens}`);
}

/** The JSON document of one edit. */
interface EditDocument {
  readonly images: readonly SavedImage[];
  readonly usage?: TokenCount | undefined;
  readonly requestId?: string | undefined;
  readonly warnings: readonly Warning[];
  readonly error?: ErrorDocument | undefined;
}

/** Returns the JSON document of a command: one edit, or all of them with `--each`. */
export function toEditDocument(reports: readonly EditReport[], each: boolean): unknown {
  const documents = reports.map(toDocument);
  if (!each) return documents[0] ?? { images: [], warnings: [] };
  const failed = documents.find(({ error }) => error !== undefined);
  return {
    images: documents.flatMap(({ images }) => images),
    warnings: documents.flatMap(({ warnings }) => warnings),
    edits: documents,
    error: failed?.error,
  };
}

function toDocument({ images, usage, requestId, warnings, failure }: EditReport): EditDocument {
  const error = failure && toErrorDocument(failure.error, failure.exitCode, failure);
  return { images, usage, requestId, warnings: warnings.map(plainWarning), error };
}

function plainWarning({ field, code, message }: Warning): Warning {
  return { field, code, message };
}
