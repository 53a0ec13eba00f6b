import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { CommandContext } from "../arguments/command-context.ts";
import { readManifest } from "../batch/manifest/read-manifest.ts";
import { duration } from "../batch/run/progress.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { type BatchFiles, batchFiles, readLastRows } from "../journal/batch-store.ts";
import { type EditRecord, editRecords } from "../journal/edit-record.ts";
import { readJournal } from "../journal/journal.ts";
import { lockHolder } from "../journal/run-lock.ts";
import { sanitizeText, toSafeJson } from "../terminal/sanitize-text.ts";

/** Runs `retouch batch status`: summarizes the journal and sends nothing. */
export async function runBatchStatus({ parsed, terminal, json }: CommandContext): Promise<number> {
  const manifest = parsed.operands[0] ?? "";
  const { rows, problems } = await readManifest(manifest);
  const { files, isMock } = await findState(manifest);
  const last = await readLastRows(files.rows, manifest);
  const records = [...editRecords(await readJournal(files.journal)).values()].filter(
    ({ id }) => last?.keys.has(id) ?? true,
  );
  const running = await lockHolder(files.lock);
  const responses = new Set(await readdir(files.directory).catch(() => []));
  const status = summary(records, rows.length + problems.length, (id) =>
    responses.has(path.basename(files.response(id))),
  );
  const changed = last?.isChanged ?? false;
  const document = {
    manifest: path.resolve(manifest),
    mock: isMock,
    changed,
    running: running?.pid,
    ...status,
  };
  if (json) {
    terminal.data(toSafeJson(document, 2));
    return exitCodes.ok;
  }
  const { total, saved, failed, unknown, unsaved, waiting, tokens, etaSeconds } = status;
  terminal.data(
    `${saved} of ${total} saved, ${waiting} to do, ${failed} failed, ${unknown.length} unknown, ${unsaved} with a response to finish`,
  );
  if (changed) {
    terminal.data(
      "The manifest has changed since its last run; changed rows are counted as they were. `--dry-run` shows what a run would do.",
    );
  }
  if (isMock) terminal.data("These rows ran against the mock.");
  if (tokens > 0) terminal.data(`Tokens so far: ${tokens}`);
  if (running !== undefined) {
    terminal.data(
      `Running as process ${running.pid}${etaSeconds === undefined ? "" : `, about ${duration(etaSeconds)} left`}`,
    );
  }
  for (const { row, at, code } of unknown) {
    terminal.data(
      `unknown: row ${row ?? "?"}, sent ${at ?? "?"}${code === undefined ? "" : `, ${sanitizeText(code)}`}`,
    );
  }
  return exitCodes.ok;
}

async function findState(manifest: string): Promise<{ files: BatchFiles; isMock: boolean }> {
  for (const isMock of [false, true]) {
    const files = await batchFiles(manifest, isMock);
    if (
      await stat(files.journal).then(
        () => true,
        () => false,
      )
    )
      return { files, isMock };
  }
  throw usageError(`${manifest} has not been run yet. Start it with \`retouch batch run ${manifest}\`.`);
}

interface StatusFacts {
  readonly total: number;
  readonly saved: number;
  readonly failed: number;
  /** Rows whose response is on disk but whose images are not written yet. */
  readonly unsaved: number;
  readonly waiting: number;
  readonly tokens: number;
  readonly etaSeconds?: number | undefined;
  readonly unknown: readonly {
    row?: number | undefined;
    at?: string | undefined;
    code?: string | undefined;
  }[];
}

function summary(
  records: readonly EditRecord[],
  total: number,
  hasResponse: (id: string) => boolean,
): StatusFacts {
  const saved = records.filter(({ phase }) => phase === "saved");
  const isUnknown = ({ phase, outcome }: EditRecord) =>
    phase === "sent" || (phase === "failed" && outcome === "unknown");
  const unknown = records.filter((record) => isUnknown(record) && !hasResponse(record.id));
  const unsaved = records.filter((record) => isUnknown(record) && hasResponse(record.id)).length;
  const failed = records.filter(({ phase, outcome }) => phase === "failed" && outcome !== "unknown").length;
  const waiting = Math.max(0, total - saved.length - failed - unknown.length - unsaved);
  return {
    total,
    saved: saved.length,
    failed,
    unsaved,
    waiting,
    tokens: saved.reduce((sum, { usage }) => sum + (usage?.totalTokens ?? 0), 0),
    etaSeconds: eta(saved, waiting),
    unknown: unknown.map(({ plan, at, code }) => ({ row: plan?.row, at, code })),
  };
}

/** Estimates the remaining seconds from the last saved rows. */
function eta(saved: readonly EditRecord[], waiting: number): number | undefined {
  const times = saved
    .flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)]))
    .sort((a, b) => a - b)
    .slice(-50);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 2) return undefined;
  return ((last - first) / 1000 / (times.length - 1)) * waiting;
}
