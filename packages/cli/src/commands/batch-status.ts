import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import { statusOf } from "../batch/plan/select-rows.ts";
import { countsLine, duration, type RowCounts, spendingText } from "../batch/run/progress.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { type BatchFiles, batchFiles, readLastRows } from "../journal/batch-store.ts";
import { lockOwner } from "../journal/claims/run-lock.ts";
import { isUnresolved } from "../journal/edit-record.ts";
import { type FoldedJournal, foldJournal } from "../journal/fold-journal.ts";
import type { JournalEntry } from "../journal/journal-entry.ts";
import { findResponses } from "../journal/responses.ts";
import { errorCode, isMissing, type System } from "../journal/system.ts";
import { unreadableState } from "../journal/unreadable-state.ts";
import { sanitizeText, toSafeJson } from "../terminal/sanitize-text.ts";

/** Rows that a list shows; the others are counted. */
const listedRows = 20;

/** Runs `retouch batch status`: summarizes the journal and sends nothing. */
export async function runBatchStatus({ parsed, terminal, json, system }: CommandContext): Promise<number> {
  const manifest = parsed.operands[0] ?? "";
  const { files, isMock } = await findState(manifest, system);
  const recent = createRecentEnds();
  let tokens = 0;
  const history = await foldJournal(
    files.journal,
    (entry) => {
      recent.add(entry);
      if (entry.type === "saved") tokens += entry.usage?.totalTokens ?? 0;
    },
    system,
  );
  const { counts, changed } = await countLastRun(manifest, files, history, system);
  const running = await lockOwner(files.lock, system);
  const etaSeconds = recent.secondsEach === undefined ? undefined : recent.secondsEach * counts.waiting;
  const unknownRows = await listUnknown(history, files, system);
  const { usd, unpriced } = history.spending;
  const document = {
    manifest: path.resolve(manifest),
    mock: isMock,
    changed,
    running: running?.pid,
    ...counts,
    unknownRows,
    tokens,
    usd,
    unpriced,
    etaSeconds,
  };
  if (json) {
    terminal.data(toSafeJson(document, 2));
    return exitCodes.ok;
  }
  terminal.data(countsLine(counts));
  if (changed) {
    terminal.data(
      "The manifest has changed since its last run; changed rows are counted as they were. `--dry-run` shows what a run would do.",
    );
  }
  if (isMock) terminal.data("The rows ran against the mock. Nothing was billed.");
  if (tokens > 0) terminal.data(`Tokens so far: ${tokens}`);
  const spent = isMock ? undefined : spendingText(history.spending);
  if (spent !== undefined) terminal.data(`Cost so far: ${spent}`);
  if (running !== undefined) {
    const eta = etaSeconds === undefined ? "" : `, about ${duration(etaSeconds)} left`;
    terminal.data(`Running as process ${running.pid}${eta}`);
  }
  for (const { id, line, at, code } of unknownRows) {
    terminal.data(
      `unknown: ${sanitizeText(id)} on line ${line ?? "?"}, sent ${at ?? "?"}${code === undefined ? "" : `, ${sanitizeText(code)}`}`,
    );
  }
  if (counts.unknown > unknownRows.length)
    terminal.data(`... and ${counts.unknown - unknownRows.length} more`);
  return exitCodes.ok;
}

async function findState(manifest: string, system: System): Promise<{ files: BatchFiles; isMock: boolean }> {
  /** Returns why a file cannot be read; undefined if it is there. */
  const problemOf = (file: string): Promise<unknown> =>
    system.files.stat(file).then(
      () => undefined,
      (error: unknown) => error,
    );
  const problem = await problemOf(manifest);
  if (problem !== undefined && !isMissing(problem))
    throw usageError(
      `${manifest} cannot be read (${errorCode(problem) ?? "unknown error"}). Check its path and your access to it.`,
    );
  if (problem !== undefined)
    throw usageError(`${manifest} does not exist. Give a manifest; \`retouch batch init\` makes one.`);
  for (const isMock of [false, true]) {
    const files = await batchFiles(manifest, isMock, system);
    const unread = await problemOf(files.journal);
    if (unread === undefined) return { files, isMock };
    if (!isMissing(unread)) throw unreadableState(files.journal, unread);
  }
  throw usageError(`${manifest} has not been run yet. Start it with \`retouch batch run ${manifest}\`.`);
}

/** Counts the rows of the last run by what a run would do with them now. */
async function countLastRun(
  manifest: string,
  files: BatchFiles,
  history: FoldedJournal,
  system: System,
): Promise<{ counts: RowCounts; changed: boolean }> {
  const responses = await findResponses(files.directory, system);
  const counts: RowCounts = {
    total: 0,
    saved: 0,
    skipped: 0,
    failed: 0,
    unknown: 0,
    unwritten: 0,
    waiting: 0,
    invalid: 0,
  };
  const last = await readLastRows(
    files.rows,
    manifest,
    ({ key, status: noted }) => {
      counts.total++;
      const hasResponse = responses.has(key);
      const state = history.stateOf(key);
      const facts = { hasResponse, inFlight: false, isClaimed: noted === "unknown" };
      const status = statusOf(state, facts, { retryFailed: false, retryUnknown: false });
      if (status === "send") counts[noted === "skipped" ? "skipped" : "waiting"]++;
      else counts[status === "finish" ? "unwritten" : status]++;
    },
    system,
  );
  counts.invalid = last?.invalid ?? 0;
  return { counts, changed: last?.isChanged ?? false };
}

interface UnknownRow {
  readonly id: string;
  readonly line?: number | undefined;
  readonly at?: string | undefined;
  readonly code?: string | undefined;
}

async function listUnknown(history: FoldedJournal, files: BatchFiles, system: System): Promise<UnknownRow[]> {
  const responses = await findResponses(files.directory, system);
  const rows: UnknownRow[] = [];
  for await (const { id, plan, at, code } of history.readAll(isUnresolved)) {
    if (responses.has(id)) continue;
    if (rows.length === listedRows) break;
    rows.push({ id: plan?.rowId ?? id, line: plan?.row, at, code });
  }
  return rows;
}

/** Estimates the time a row takes from the last rows that ended, saved or not. */
function createRecentEnds(): { add(entry: JournalEntry): void; readonly secondsEach: number | undefined } {
  const times: number[] = [];
  return {
    add({ type, at }) {
      if ((type !== "saved" && type !== "failed") || at === undefined) return;
      times.push(Date.parse(at));
      if (times.length > 50) times.shift();
    },
    get secondsEach() {
      const [first, last] = [times[0], times.at(-1)];
      if (first === undefined || last === undefined || times.length < 2) return undefined;
      return (last - first) / 1000 / (times.length - 1);
    },
  };
}
