import path from "node:path";
import { readResponseFile } from "@retouch/client/node";
import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { saveRescued } from "../edit/save-rescued.ts";
import { saveResult } from "../edit/save-result.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { exitCodeOf } from "../errors/error-details.ts";
import { printError } from "../errors/print-error.ts";
import { openJournal } from "../journal/journal.ts";
import { takeLock } from "../journal/run-lock.ts";
import { findUnfinishedEdits, type UnfinishedEdit } from "../journal/unfinished-edits.ts";
import { canPasteBack, removeResponse } from "../masks/paste-back-record.ts";
import { outputPath } from "../output/output-pattern.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

const nothingToRecover = "Nothing to recover: every edit that was sent has its files or was rejected.";

/** The arguments of `retouch recover`. */
interface RecoverFlags {
  readonly list: boolean;
  /** Ids of edits to forget. */
  readonly dismiss: readonly string[];
}

function readRecoverFlags(parsed: ParsedArguments): RecoverFlags {
  const flags = { list: parsed.has("list"), dismiss: parsed.list("dismiss") };
  if (flags.list && flags.dismiss.length > 0)
    throw usageError("`--list` and `--dismiss` exclude each other. Give one.");
  return flags;
}

/** Runs `retouch recover`: writes the images of kept responses, and lists edits whose outcome is unknown. */
export async function runRecover({ parsed, terminal, json }: CommandContext): Promise<number> {
  const flags = readRecoverFlags(parsed);
  const edits = await findUnfinishedEdits();
  if (flags.dismiss.length > 0) {
    for (const id of flags.dismiss)
      await dismiss(
        edits.find(({ record }) => record.id === id),
        id,
      );
    terminal.note(`Dismissed ${flags.dismiss.length} edit(s).`);
    return exitCodes.ok;
  }
  if (edits.length === 0) terminal.note(nothingToRecover);
  if (flags.list) {
    if (json) terminal.data(toSafeJson({ edits: edits.map(summarize) }, 2));
    else printList(edits, terminal.data);
    return exitCodes.ok;
  }
  const written: string[] = [];
  const remaining: UnfinishedEdit[] = edits.filter(({ running }) => running);
  let code: number = exitCodes.ok;
  for (const edit of edits) {
    if (edit.running) continue;
    const recovered = edit.responseBytes === 0 ? undefined : await recover(edit, terminal);
    written.push(...(recovered?.paths ?? []));
    if (recovered?.failed !== false) remaining.push(edit);
    if (recovered?.failed) code = exitCodes.unknown;
  }
  if (json) terminal.data(toSafeJson({ written, edits: remaining.map(summarize) }, 2));
  else for (const file of written) terminal.path(file);
  if (remaining.length > 0 && !json) printList(remaining, terminal.verbatim);
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
    const { output, count, pasteBack: paste } = plan;
    const canPaste = paste !== undefined && (await canPasteBack(paste));
    if (paste !== undefined && !canPaste) {
      terminal.warn(
        `Nothing was pasted back: ${paste.image} was changed or removed since. The image is written unchanged.`,
      );
    }
    const params = canPaste ? { image: paste.image, mask: paste.mask } : {};
    const job = { output, count, force: false, pasteBack: canPaste, params };
    const context = { id: record.id, journal: log, responseFile, sink: async () => undefined };
    const reading = { baseUrl: plan.server, allowInsecureHttp: plan.insecureHttp, n: count };
    const report = await readResponseFile(responseFile, reading).then(
      (result) => saveResult(result, job, context, record.paths),
      async (error: unknown) => {
        const rescued = await saveRescued(error, job, context, record.paths);
        if (rescued === undefined) throw error;
        return rescued;
      },
    );
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
    // A killed process may have left a partly written image.
    await removeStaleTemporaries(
      path.dirname(outputPath(plan.output, { index: 0, count: 1, extension: "png" })),
    );
  }
}

async function dismiss(edit: UnfinishedEdit | undefined, id: string): Promise<void> {
  if (edit === undefined)
    throw usageError(`\`${id}\` is not an unfinished edit. \`retouch recover --list\` shows their ids.`);
  const log = await openJournal(edit.journal);
  await log.write({ type: "dismissed", id });
  await log.close();
  await removeResponse(edit.responseFile);
}

function printList(edits: readonly UnfinishedEdit[], write: (line: string) => void): void {
  for (const edit of edits) {
    const { id, server, sentAt, state, images, requestId } = summarize(edit);
    write(
      `${id}  ${state}  sent ${sentAt ?? "?"} to ${server ?? "?"}  ${images.join(", ")}${requestId === undefined ? "" : `  request id ${requestId}`}`,
    );
    if (edit.responseBytes > 0) write(`  ${edit.responseFile}`);
  }
}

/** An unfinished edit as `retouch recover` prints it. */
export interface UnfinishedEditSummary {
  readonly id: string;
  /** `running`, `answer kept` (the response is on disk), or `unknown` (sent, no response: maybe billed). */
  readonly state: "running" | "answer kept" | "unknown";
  readonly sentAt?: string | undefined;
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly images: readonly string[];
  readonly requestId?: string | undefined;
  readonly code?: string | undefined;
  readonly response?: string | undefined;
}

/** Returns the summary of an unfinished edit. */
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
    response: responseBytes > 0 ? responseFile : undefined,
  };
}
