import path from "node:path";
import { readAnswerFile } from "@retouch/client/node";
import { type CommandContext, isGiven, listValue } from "../arguments/command-context.ts";
import { keepResult } from "../edit/save-result.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { reportFailure } from "../errors/print-error.ts";
import { openJournal } from "../journal/journal.ts";
import { takeLock } from "../journal/run-lock.ts";
import { type OpenEdit, openEdits } from "../journal/unfinished-edits.ts";
import { canPasteBack, removeAnswer } from "../masks/paste-back-record.ts";
import { removeStaleTemporaries } from "../output/durable-file.ts";
import { outputPath } from "../output/output-pattern.ts";
import { jsonText } from "../terminal/sanitize-text.ts";

const nothingOpen = "Nothing to recover: every edit that was sent has its file or its refusal.";

/** Runs `retouch recover`: writes what was paid for, and lists what nobody knows. */
export async function runRecover({ parsed, terminal, json }: CommandContext): Promise<number> {
  const open = await openEdits();
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
    if (json) terminal.data(jsonText({ edits: open.map(editedSummary) }, 2));
    else list(open, terminal.data);
    if (open.length === 0) terminal.note(nothingOpen);
    return exitCodes.ok;
  }
  const written: string[] = [];
  const left: OpenEdit[] = open.filter(({ running }) => running);
  let code: number = exitCodes.ok;
  for (const edit of idle) {
    const outcome = edit.answerBytes === 0 ? undefined : await recover(edit, terminal);
    written.push(...(outcome?.paths ?? []));
    if (outcome?.failed !== false) left.push(edit);
    if (outcome?.failed) code = exitCodes.unknown;
  }
  if (json) terminal.data(jsonText({ written, edits: left.map(editedSummary) }, 2));
  else for (const file of written) terminal.path(file);
  if (left.length > 0 && !json) list(left, terminal.verbatim);
  if (open.length === 0) terminal.note(nothingOpen);
  return code;
}

async function recover(
  { record, journal, lock, answerFile }: OpenEdit,
  terminal: CommandContext["terminal"],
): Promise<{ paths: string[]; failed: boolean }> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failed: true };
  const held = lock === undefined ? undefined : await takeLock(lock, "This batch");
  const log = await openJournal(journal);
  try {
    const result = await readAnswerFile(answerFile, { baseUrl: plan.server });
    const { output, count, pasteBack: paste } = plan;
    const canPaste = paste !== undefined && (await canPasteBack(paste));
    if (paste !== undefined && !canPaste) {
      terminal.warn(
        `Nothing was pasted back: ${paste.image} was changed or removed since. The picture is written as it came.`,
      );
    }
    const params = canPaste ? { image: paste.image, mask: paste.mask } : {};
    const job = { output, count, force: false, pasteBack: canPaste, params };
    const tools = { id: record.id, journal: log, answerFile, sink: async () => undefined };
    const report = await keepResult(result, job, tools, record.paths);
    for (const { message } of report.warnings) terminal.warn(message);
    if (report.failure !== undefined) reportFailure(terminal, report.failure.error, report.failure);
    return { paths: report.images.map(({ path: file }) => file), failed: report.failure !== undefined };
  } catch (error) {
    if (exitCodeOf(error) === exitCodes.usage) throw error;
    reportFailure(terminal, error, { rawAnswer: answerFile });
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

async function dismiss(edit: OpenEdit | undefined, id: string): Promise<void> {
  if (edit === undefined)
    throw usageError(`\`${id}\` is no open edit. \`retouch recover --list\` shows their ids.`);
  const log = await openJournal(edit.journal);
  await log.write({ type: "dismissed", id });
  await log.close();
  await removeAnswer(edit.answerFile);
}

function list(open: readonly OpenEdit[], write: (line: string) => void): void {
  for (const edit of open) {
    const { id, server, sentAt, state, images, requestId } = editedSummary(edit);
    write(
      `${id}  ${state}  sent ${sentAt ?? "?"} to ${server ?? "?"}  ${images.join(", ")}${requestId === undefined ? "" : `  request id ${requestId}`}`,
    );
    if (edit.answerBytes > 0) write(`  ${edit.answerFile}`);
  }
}

/** An open edit as `retouch recover` shows it. */
export interface OpenEditSummary {
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
export function editedSummary({ record, answerFile, answerBytes, running }: OpenEdit): OpenEditSummary {
  const { id, at, plan, requestId, code } = record;
  return {
    id,
    state: running ? "running" : answerBytes > 0 ? "answer kept" : "unknown",
    sentAt: at,
    server: plan?.server,
    model: plan?.model,
    images: plan?.images ?? [],
    requestId,
    code,
    answer: answerBytes > 0 ? answerFile : undefined,
  };
}
