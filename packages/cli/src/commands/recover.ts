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
import { checkWritable } from "../output/check-outputs.ts";
import {
  type OutputPattern,
  outputPath,
  outputPattern,
  outputTemplate,
  possiblePaths,
} from "../output/output-pattern.ts";
import { removeStaleTemporaries } from "../output/write-output.ts";
import { toSafeJson } from "../terminal/sanitize-text.ts";

const nothingToRecover = "Nothing to recover: every edit that was sent has its files or was rejected.";

/** The arguments of `retouch recover`. */
interface RecoverFlags {
  readonly list: boolean;
  /** Ids of edits to recover; all of them if empty. */
  readonly ids: readonly string[];
  /** Where the images are written instead of where their edits said. */
  readonly output: string | undefined;
  /** Ids of edits to forget. */
  readonly dismiss: readonly string[];
}

function readRecoverFlags(parsed: ParsedArguments): RecoverFlags {
  const flags = {
    list: parsed.has("list"),
    dismiss: parsed.list("dismiss"),
    ids: parsed.operands,
    output: parsed.text("output"),
  };
  if (flags.list && flags.dismiss.length > 0)
    throw usageError("`--list` and `--dismiss` exclude each other. Give one.");
  if ((flags.list || flags.dismiss.length > 0) && (flags.ids.length > 0 || flags.output !== undefined)) {
    const flag = flags.list ? "--list" : "--dismiss";
    throw usageError(`\`${flag}\` writes no image. Leave it out, or leave out the ids and \`-o\`.`);
  }
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
  const chosen = chooseEdits(edits, flags.ids);
  const outputs = await chooseOutputs(chosen, flags.output);
  const written: string[] = [];
  const remaining: UnfinishedEdit[] = chosen.filter(({ running }) => running);
  let code: number = exitCodes.ok;
  for (const edit of chosen) {
    if (edit.running) continue;
    const recovered = edit.responseBytes === 0 ? undefined : await recover(edit, outputs.get(edit), terminal);
    written.push(...(recovered?.paths ?? []));
    if (recovered?.failed !== false) remaining.push(edit);
    if (recovered?.failed) code = exitCodes.unknown;
  }
  if (json) terminal.data(toSafeJson({ written, edits: remaining.map(summarize) }, 2));
  else for (const file of written) terminal.path(file);
  if (remaining.length > 0 && !json) printList(remaining, terminal.verbatim);
  return code;
}

/** Returns the edits with these ids; all of them without ids. */
function chooseEdits(edits: readonly UnfinishedEdit[], ids: readonly string[]): readonly UnfinishedEdit[] {
  if (ids.length === 0) return edits;
  return [...new Set(ids)].map((id) => {
    const edit = edits.find(({ record }) => record.id === id);
    if (edit === undefined) throw notUnfinished(id);
    return edit;
  });
}

/** Returns where each edit's images go with `-o`, and checks that they can be written there. */
async function chooseOutputs(
  edits: readonly UnfinishedEdit[],
  output: string | undefined,
): Promise<ReadonlyMap<UnfinishedEdit, OutputPattern>> {
  const outputs = new Map<UnfinishedEdit, OutputPattern>();
  if (output === undefined) return outputs;
  const seen = new Map<string, string>();
  for (const edit of edits) {
    const { plan, id } = edit.record;
    if (plan === undefined || edit.running || edit.responseBytes === 0) continue;
    const file = outputPath(plan.output, { index: 0, count: 1, extension: "png" });
    // Named as its edit would have named it; that name already says that it was edited.
    const name = path.parse(file).name.replace(/\.edited$/, "");
    const values = { dir: ".", rel: "", name, model: plan.model ?? "", hash: id.slice(-8) };
    const pattern = outputPattern(await outputTemplate(output, values), values, process.cwd());
    for (const possible of possiblePaths(pattern, plan.count)) {
      const other = seen.get(possible);
      if (other !== undefined) {
        throw usageError(
          `The edits ${other} and ${id} would both be written to ${possible}. Give one id, or a template with {name} or {hash}.`,
        );
      }
      seen.set(possible, id);
    }
    await checkWritable(pattern, plan.count, false);
    outputs.set(edit, pattern);
  }
  return outputs;
}

async function recover(
  { record, journal, lock, responseFile }: UnfinishedEdit,
  chosen: OutputPattern | undefined,
  terminal: CommandContext["terminal"],
): Promise<{ paths: string[]; failed: boolean }> {
  const { plan } = record;
  if (plan === undefined) return { paths: [], failed: true };
  const output = chosen ?? plan.output;
  const held = lock === undefined ? undefined : await takeLock(lock, "This batch");
  const log = await openJournal(journal);
  try {
    const { count, pasteBack: paste } = plan;
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
    await removeStaleTemporaries(path.dirname(outputPath(output, { index: 0, count: 1, extension: "png" })));
  }
}

function notUnfinished(id: string): Error {
  return usageError(`\`${id}\` is not an unfinished edit. \`retouch recover --list\` shows their ids.`);
}

async function dismiss(edit: UnfinishedEdit | undefined, id: string): Promise<void> {
  if (edit === undefined) throw notUnfinished(id);
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
