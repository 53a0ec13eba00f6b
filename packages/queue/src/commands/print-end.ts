import { type BatchEvents, CliError, type EditReport, exitCodeOf, exitCodes } from "@retouch/cli/journal";
import type { EndedQueueRow } from "../producer/queue-producer.ts";

/** Prints an end with the events of `retouch batch run`. */
export function printEnd(row: EndedQueueRow, pathOf: (name: string) => string, events: BatchEvents): void {
  const { end, sent, usd, usage, requestId, files } = row;
  const report: EditReport = {
    images: files.map((name) => ({ path: pathOf(name) })),
    usd,
    usage,
    requestId,
    warnings: [],
  };
  if (end === "saved") events.saved(row, report, sent);
  else {
    const error = toError(row);
    events.failed(row, { ...report, failure: { error, exitCode: error.exitCode, urls: [] } }, end);
  }
}

function toError({ end, wasPosted, code = "internal", message }: EndedQueueRow): CliError {
  const outcome =
    end === "unknown" ? "unknown" : end === "unwritten" ? "billed" : wasPosted ? "rejected" : "not-sent";
  const text = message ?? "The worker gave no reason.";
  const exitCode =
    outcome === "billed"
      ? exitCodes.notWritten
      : exitCodeOf(Object.assign(new Error(text), { outcome, code }));
  return new CliError(text, { exitCode, code, outcome });
}
