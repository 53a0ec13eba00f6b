import path from "node:path";
import { readAnswerFile } from "@retouch/client/node";
import { type CommandContext, isGiven, listValue } from "../arguments/command-context.ts";
import { saveResult } from "../edit/save-result.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import { openJournal } from "../journal/journal.ts";
import { takeLock } from "../journal/run-lock.ts";
import { findUnfinishedEdits, type UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { canPasteBack, removeResponse } from "../masks/paste-back-record.ts";
import { removeStaleTemporaries } from "../output/durable-file.ts";
import { outputPath } from "../output/output-pattern.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

const nothingOpen = "Nothing to recover: every edit that was sent has its file or its refusal.";

/** Runs `retouch recover`: writes what was paid for, and lists what nobody knows. */
export async function runRecover({ parsed, terminal, json }: CommandContext): Promise<number> {
  const open = await findUnfinishedEdits();
  const dismissed = listValue(parsed, "dismiss");
  if (dismissed.length > 0) {
    if (isGiven(parsed, "list")) throw usageError("`--list` and `--dismiss` exclude each other. Give one.");
    for (const id of dismissed)
      await dismiss(
        open.find(({ record }) => record.id === id),
        id,
      );
    terminal.note(`Dismissed ${dismissed.length} edit(s).`);
    return exitCodes.ok;
  }
  const idle = open.filter(({ running }) => !running);
  if (isGiven(parsed, "list")) {
    if (json) terminal.data(toSafeJson({ edits: open.map(summarize) }, 2));
    else list(open, terminal.data);
    if (open.length === 0) terminal.note(nothingOpen);
    return exitCodes.ok;
  }
  const written: string[] = [];
  const left: UnfinishedEdit[] = open.filter(({ running }) => running);
  let code: number = exitCodes.ok;
  for (const edit of idle) {
    const outcome = edit.responseBytes === 0 ? undefined : await recover(edit, terminal);
    written.push(...(outcome?.paths ?? []));
    if (outcome?.failed !== false) left.push(edit);
    if (outcome?.failed) code = exitCodes.unknown;
  }
  if (json) terminal.data(toSafeJson({ written, edits: left.map(summarize) }, 2));
  else for (const file of written) terminal.path(file);
  if (left.length > 0 && !json) list(left, terminal.verbatim);
  if (open.length === 0) terminal.note(nothingOpen);
  return code;
}

async function recover(
  { record, journal, lock, responseFile }: UnfinishedEdit,
  terminal: CommandContext["terminal"],
): Promise<{ paths: string[]; failed: boolean }> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failed: true };
  const held = lock === undefined ? undefined : await takeLock(lock, "This batch");
  const log = await openJournal(journal);
  try {
    const result = await readAnswerFile(responseFile, { baseUrl: plan.server });
    const { output, count, pasteBack: paste } = plan;
    const canPaste = paste !== undefined && (await canPasteBack(paste));
    if (paste !== undefined && !canPaste) {
      terminal.warn(
        `Nothing was pasted back: ${paste.image} was changed or removed since. The picture is written as it came.`,
      );
    }
    const params = canPaste ? { image: paste.image, mask: paste.mask } : {};
    const job = { output, count, force: false, pasteBack: canPaste, params };
    const tools = { id: record.id, journal: log, responseFile, sink: async () => undefined };
    const report = await saveResult(result, job, tools, record.paths);
    for (const { message } of report.warnings) terminal.warn(message);
    if (report.failure !== undefined) printError(terminal, report.failure.error, report.failure);
    return { paths: report.images.map(({ path: file }) => file), failed: report.failure !== undefined };
  } catch (error) {
    if (exitCodeOf(error) === exitCodes.usage) throw error;
    printError(terminal, error, { rawAnswer: responseFile });
    return { paths: [], failed: true };
  } finally {
    await log.close();
    await held?.release();
    // The process that was killed may have left a half-written picture.
    await removeStaleTemporaries(
      path.dirname(outputPath(plan.output, { index: 0, count: 1, extension: "png" })),
    );
  }
}

async function dismiss(edit: UnfinishedEdit | undefined, id: string): Promise<void> {
  if (edit === undefined)
    throw usageError(`\`${id}\` is no open edit. \`retouch recover --list\` shows their ids.`);
  const log = await openJournal(edit.journal);
  await log.write({ type: "dismissed", id });
  await log.close();
  await removeResponse(edit.responseFile);
}

function list(open: readonly UnfinishedEdit[], write: (line: string) => void): void {
  for (const edit of open) {
    const { id, server, sentAt, state, images, requestId } = summarize(edit);
    write(
      `${id}  ${state}  sent ${sentAt ?? "?"} to ${server ?? "?"}  ${images.join(", ")}${requestId === undefined ? "" : `  request id ${requestId}`}`,
    );
    if (edit.responseBytes > 0) write(`  ${edit.responseFile}`);
  }
}

/** An open edit as `retouch recover` shows it. */
export interface UnfinishedEditSummary {
  readonly id: string;
  /** `running`, `answer kept` (it can be written or looked at), or `unknown` (sent, no answer: maybe billed). */
  readonly state: "running" | "answer kept" | "unknown";
  readonly sentAt?: string | undefined;
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly images: readonly string[];
  readonly requestId?: string | undefined;
  readonly code?: string | undefined;
  readonly answer?: string | undefined;
}

/** Sums an open edit up. */
export function summarize({
  record,
  responseFile,
  responseBytes,
  running,
}: UnfinishedEdit): UnfinishedEditSummary {
  const { id, at, plan, requestId, code } = record;
  return {
    id,
    state: running ? "running" : responseBytes > 0 ? "answer kept" : "unknown",
    sentAt: at,
    server: plan?.server,
    model: plan?.model,
    images: plan?.images ?? [],
    requestId,
    code,
    answer: responseBytes > 0 ? responseFile : undefined,
  };
}
