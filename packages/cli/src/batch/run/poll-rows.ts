import type { EditReport } from "../../edit/edit-report.ts";
import { resumeAndSave } from "../../edit/resume-and-save.ts";
import { CliError, exitCodes } from "../../errors/cli-error.ts";
import { exitCodeOf } from "../../errors/error-details.ts";
import { plannedResponse } from "../../journal/attempts.ts";
import { jobAsSent } from "../manifest/crop-row.ts";
import { mapLimited } from "../map-limited.ts";
import { type EndedRow, noSink, type RunContext, settle } from "./run-context.ts";

/** Polls the tasks that earlier runs have left, and saves their images. Sends no form. */
export async function pollRows(rows: readonly number[], context: RunContext): Promise<void> {
  const { counts, drainSignal, onChange } = context;
  await mapLimited(rows, context.concurrency, async (index) => {
    if (drainSignal.aborted) return;
    counts.unknown--;
    counts.running++;
    onChange();
    const { row, report, hasEarlier } = await pollRow(index, context);
    counts.running--;
    settle(row, report, { sent: false, hasEarlier }, context);
  });
}

async function pollRow(
  index: number,
  { system, manifest, history, client, files, journal, claims, outputs, saved, signal }: RunContext,
): Promise<{ row: EndedRow; report: EditReport; hasEarlier: boolean }> {
  const key = manifest.rows.keyOf(index);
  const line = manifest.rows.lineOf(index);
  try {
    const row = await manifest.load(index);
    const record = await history.read(key);
    // The journal had it when the run was planned, and this run holds the lock.
    if (record?.task === undefined) throw new Error("The journal has no task of this row.");
    const { task, hasEarlier } = record;
    const { request } = row;
    const job = await jobAsSent(row, record);
    const responseFile = plannedResponse(record, files.directory);
    const context = {
      system,
      outputs,
      id: key,
      request,
      client,
      claims,
      hasEarlier,
      saved,
      journal,
      responseFile,
      signal,
      sink: noSink,
    };
    return { row, report: await resumeAndSave(job, task, context), hasEarlier };
  } catch (cause) {
    // Its input changed or was removed: the row stays as it is.
    const error = new CliError(String(cause instanceof Error ? cause.message : cause), {
      exitCode: exitCodes.unknown,
      code: "internal",
      outcome: "unknown",
      cause,
    });
    const report = { images: [], warnings: [], failure: { error, exitCode: exitCodeOf(error), urls: [] } };
    return { row: { line, id: `line ${line}`, key }, report, hasEarlier: true };
  }
}
